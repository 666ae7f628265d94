import { isJsonObject, type JsonValue, toByteStrings } from '../lib/json.ts'
import type { Config, HandlerSwitch } from './config.ts'

/** What handlers get reaches headers and templates, whose strings are byte strings. */
export function withByteStrings(config: Config): Config {
  return {
    ...config,
    authenticators: each(config.authenticators),
    authorizers: each(config.authorizers),
    mutators: each(config.mutators),
    errors: { ...config.errors, handlers: each(config.errors.handlers) },
  }
}

const each = <Switches extends Readonly<Record<string, HandlerSwitch>>>(
  switches: Switches,
): Switches =>
  Object.fromEntries(
    Object.entries(switches).map(([name, handler]) => [name, converted(handler)]),
  ) as unknown as Switches

/** A disabled handler may hold anything as its config: that is dropped. */
function converted({ enabled, config }: HandlerSwitch): HandlerSwitch {
  const bytes = config === undefined ? undefined : toByteStrings(config as JsonValue)
  return isJsonObject(bytes) ? { enabled, config: bytes } : { enabled }
}

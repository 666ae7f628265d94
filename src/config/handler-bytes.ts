import { isJsonObject, type JsonValue, toByteStrings } from '../lib/json.ts'
import type { Config, HandlerSwitch } from './config.ts'

/** Converts the configs of handlers to byte strings, because their values go into headers and templates. */
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

/** The config of a disabled handler may be anything, so it is removed. */
function converted({ enabled, config }: HandlerSwitch): HandlerSwitch {
  const bytes = config === undefined ? undefined : toByteStrings(config as JsonValue)
  return isJsonObject(bytes) ? { enabled, config: bytes } : { enabled }
}

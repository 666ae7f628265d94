/** What tells handlers and rule sets apart, without their secrets. */
import { createHash } from 'node:crypto'
import { encodeJson, type JsonObject, type JsonValue } from '../lib/json.ts'
import { maskSecrets } from '../lib/mask-secrets.ts'
import { createYielder } from '../lib/yield-to-event-loop.ts'
import type { TracedHandler } from '../model/trace.ts'
import type { RuleDefinition } from '../rules/definition.ts'

const digits = 24

const ids = new WeakMap<TracedHandler, string>()

/** 24 hexadecimal digits, equal for handlers of the same name with the same config. Computed once per handler. */
export function idOf(source: TracedHandler, stage: string, handler: string): string {
  const known = ids.get(source)
  if (known !== undefined) return known
  const config: JsonValue = source.config ?? null
  const id = hash(encodeJson([stage, handler, maskSecrets(config)]))
  ids.set(source, id)
  return id
}

const hash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits)

/** 24 hexadecimal digits, equal for the same rules with the same settings. Yields to the event loop. */
export async function digestOf(
  definitions: readonly RuleDefinition[],
  settings: object,
): Promise<string> {
  const yieldIfLong = createYielder()
  const digest = createHash('sha256')
  digest.update(encodeJson(maskSecrets(plain(settings))))
  for (const definition of definitions) {
    digest.update(`\n${encodeJson(maskSecrets(plain(definition)))}`)
    await yieldIfLong()
  }
  return digest.digest('hex').slice(0, digits)
}

/** Without members that are undefined. */
const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

/** GET `/shadow`: how shadow rules decide differently. No more than ids of rules, statuses and counts. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** Published as docs/schemas/shadow.schema.json. */
export interface ShadowReport {
  readonly version: 1
  /** When the rules of both sets came into force, as RFC 3339 has it. */
  readonly since: string
  readonly compared: number
  /** Left out, because too many waited. */
  readonly dropped: number
  readonly groups: readonly {
    readonly kind: string
    readonly old: string | null
    readonly new: string | null
    readonly change: string
    readonly count: number
  }[]
}

/** Another program may answer at this address. */
export const isShadowReport = (value: unknown): value is ShadowReport => {
  if (!isObject(value) || !Array.isArray(value['groups'])) return false
  const { version, since, compared, dropped, groups } = value
  const isHead = version === 1 && typeof since === 'string'
  return isHead && isCount(compared) && isCount(dropped) && groups.every(isGroup)
}

const isObject = (value: unknown): value is JsonObject => isJsonObject(value as JsonValue)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value)

const isRule = (value: unknown): boolean => value === null || typeof value === 'string'

const isGroup = (group: unknown): boolean =>
  isObject(group) &&
  typeof group['kind'] === 'string' &&
  typeof group['change'] === 'string' &&
  isRule(group['old']) &&
  isRule(group['new']) &&
  isCount(group['count'])

/** GET `/shadow`: how shadow rules decide differently. No more than ids of rules, statuses and counts. */
import { isJsonObject, type JsonValue } from '../../lib/json.ts'

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

export const isShadowReport = (value: unknown): value is ShadowReport =>
  isJsonObject(value as JsonValue) &&
  typeof (value as unknown as ShadowReport).compared === 'number' &&
  Array.isArray((value as unknown as ShadowReport).groups)

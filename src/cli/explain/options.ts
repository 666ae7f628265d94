import type { ConfigOption } from '../output.ts'

export interface ExplainOptions extends ConfigOption {
  /** `Name: value`. */
  readonly header?: readonly string[]
  readonly body?: string
  readonly curl?: string
  readonly as?: string
  /** Text of a JSON object. */
  readonly claims?: string
  readonly door?: string
  readonly client?: string
  /** `name=value`. */
  readonly context?: readonly string[]
  readonly stub?: string
  readonly live?: boolean
  readonly endpoint?: string
  /** The id of a decision in `log`. */
  readonly fromLog?: string
  readonly log?: string
  readonly format?: string
}

export interface ExplainArguments {
  readonly method: string | undefined
  readonly url: string | undefined
}

export const formats = ['pretty', 'compact', 'json'] as const

/** What `oarlock lint` reports. All texts are JavaScript text without control characters. */
import type { Code } from './codes.ts'
import type { Level } from './level.ts'

/** The position of a key. `file` is relative to the working folder; both numbers count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Another rule or key that a finding is about. */
export interface Related {
  /** The id of the rule; null: it is about the configuration. */
  readonly rule: string | null
  readonly place: Place | null
  readonly message: string
}

/** A request that shows the finding. */
export interface Witness {
  readonly method: string
  readonly url: string
}

export interface Finding {
  readonly code: Code
  readonly level: Level
  readonly message: string
  /** The id of the rule; null: it is about the configuration. */
  readonly rule: string | null
  /** null: nothing of it is written in a file. */
  readonly place: Place | null
  readonly related: readonly Related[]
  readonly witness: Witness | null
  /** Of code, rule and pattern, or of code and key; not of the line. */
  readonly fingerprint: string
}

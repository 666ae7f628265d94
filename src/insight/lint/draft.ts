import type { Code } from './codes.ts'
import type { Place, Witness } from './finding.ts'
import type { Level } from './level.ts'
import type { Linted, LintedRule, Path, UsedHandler } from './linted.ts'

/** A finding before settings, places and fingerprints. */
export interface Draft {
  readonly code: Code
  readonly message: string
  /** undefined: it is about the configuration. */
  readonly rule?: LintedRule
  /** Within the rule, or within the configuration. */
  readonly path: Path
  /** In another file than those of rules and configuration. */
  readonly place?: Place
  /** In place of that of the code. */
  readonly level?: Level
  readonly related?: readonly RelatedDraft[]
  readonly witness?: Witness | undefined
  /** A change of the line of its place that never lets more requests in. */
  readonly fix?: Fix
}

/** The text that is replaced stands once in the line. */
export interface Fix {
  readonly from: string
  readonly to: string
}

export interface RelatedDraft {
  readonly rule: LintedRule
  readonly path: Path
  readonly message: string
}

/** Looks for findings of a few codes. Never throws because of the contents of files. */
export type Check = (linted: Linted) => readonly Draft[] | Promise<readonly Draft[]>

/** What a handler's setting is called in messages: `authenticator "jwt": target_audience`. */
export const settingOf = ({ stage, handler }: UsedHandler, key: string): string =>
  `${stage} "${handler}": ${key}`

import type { CaseResult } from './runner.ts'

export interface TestOptions {
  /** In place of the configurations that the files name. */
  readonly config: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs only cases whose name, rule, subject or door has this text. */
  readonly filter: string | undefined
  /** Say what was reached; `places`: and where that is written. */
  readonly coverage: boolean | 'places'
  /** Change the rules, and report the changes that no test notices. */
  readonly mutate?: boolean
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

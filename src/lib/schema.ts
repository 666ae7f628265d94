/**
 * Checks that report all mistakes at once, in plain words. They are compiled from JSON Schemas before the start
 * (.ci/generate-validators.ts): compiling them takes a tenth of a second.
 *
 * Formats: `uri`, `uri-reference`, `cidr`. Durations are a pattern (lib/duration.ts).
 */
import type { SchemaError, SchemaIssue } from './schema/issue.ts'
import { toIssues } from './schema/issues.ts'

export type { SchemaIssue }

export type Validate = (value: unknown) => readonly SchemaIssue[]

/** A compiled schema. After each call that returns false, `errors` are the mistakes of that value. */
export interface Check {
  (value: unknown): boolean
  errors?: readonly SchemaError[] | null
}

const none: readonly SchemaIssue[] = []

export const validateWith =
  (check: Check): Validate =>
  value =>
    check(value) ? none : toIssues(value, check.errors ?? [])

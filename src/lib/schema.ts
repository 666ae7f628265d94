/**
 * Compiles a JSON Schema to a check that reports all mistakes at once, in plain words.
 *
 * Formats: `uri`, `uri-reference`, `cidr`. Durations are a pattern (lib/duration.ts).
 */
import { Ajv, type ErrorObject } from 'ajv'
import { isNetwork } from './networks.ts'
import type { SchemaIssue } from './schema/issue.ts'
import { toIssues } from './schema/issues.ts'
import { isUri, isUriReference } from './schema/uri.ts'

export type { SchemaIssue }

export type Validate = (value: unknown) => readonly SchemaIssue[]

const none: readonly SchemaIssue[] = []

/**
 * `verbose` puts the schema and the value into each error; the messages need them.
 *
 * ajv's own optimizer is off. It counts names in plain objects, thousands of different ones. V8 then has no
 * room left for transitions from the empty literal, and every literal with computed keys stays slow, including
 * the one in `process.nextTick`.
 */
const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  code: { optimize: false },
  formats: { uri: isUri, 'uri-reference': isUriReference, cidr: isNetwork },
})

/** Throws an Error when the schema itself is not valid, which is a bug. */
export function compileSchema(schema: object | boolean): Validate {
  const validate = ajv.compile(schema)
  return value => (validate(value) ? none : toIssues(value, errorsOf(validate)))
}

const errorsOf = ({ errors }: { errors?: ErrorObject[] | null }): readonly ErrorObject[] =>
  errors ?? []

/** The compiler of schemas: for the generated validators, and for tests of single schemas. */
import { _, Ajv } from 'ajv'
import { formats } from '../../src/lib/schema/formats.ts'

/**
 * `verbose` puts the schema and the value into each error; the messages need them.
 *
 * ajv's own optimizer is off. It counts names in plain objects, thousands of different ones. V8 then has no
 * room left for transitions from the empty literal, and every literal with computed keys stays slow.
 */
export const createAjv = (): Ajv =>
  new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    code: { optimize: false, source: true, esm: true, lines: true, formats: _`formats` },
    formats,
  })

import { createAjv } from '../../.ci/validators/ajv.ts'
import { type Check, type Validate, validateWith } from '../../src/lib/schema.ts'

const ajv = createAjv()

/** Compiles a schema in the test, as the generated validators were. */
export const compileSchema = (schema: object | boolean): Validate =>
  validateWith(ajv.compile(schema) as Check)

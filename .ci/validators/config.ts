/** The validator of the whole configuration. It calls those of the handlers, whose code is not repeated. */
import { _, type Ajv, type KeywordCxt } from 'ajv'
import { callRef } from 'ajv/dist/vocabularies/core/ref.js'
import { configSchema } from '../../src/config/schema/root.ts'
import { createAjv } from './ajv.ts'
import { handlers } from './handlers.ts'
import { moduleOf } from './module.ts'

const imports = `import { formats } from '../../lib/schema/formats.ts'
import { lengthOf } from '../../lib/schema/length-of.ts'
import type { Check } from '../../lib/schema.ts'
import { handlerValidators } from '../../rules/compiling/generated/handler-validators.ts'
import { configSchema } from '../schema/root.ts'`

export function configModule(): string {
  const ajv = createAjv()
  addCallKeyword(ajv)
  const schema = withCalls(configSchema) as object
  ajv.addSchema(schema, 'config')
  return moduleOf(ajv, {
    names: ['config'],
    sources: [{ name: 'config', schema, source: 'configSchema' }],
    imports,
    rest: 'export const configValidator: Check = config',
  })
}

/** `calls: name` validates with the handler's validator: its errors are those of the handler's schema in this place. */
function addCallKeyword(ajv: Ajv): void {
  ajv.addKeyword({
    keyword: 'calls',
    schemaType: 'string',
    code: (cxt: KeywordCxt) => {
      const name = String(cxt.schema)
      const found = { ref: name, key: name, code: _`handlerValidators[${name}]` }
      callRef(cxt, cxt.gen.scopeValue('func', found))
    },
  })
}

const nameOf = new Map<unknown, string>(handlers.map(({ name, schema }) => [schema, name]))

/** The schema with a call in each place where it contains the schema of a handler. */
function withCalls(node: unknown): unknown {
  const name = nameOf.get(node)
  if (name !== undefined) return { calls: name }
  if (Array.isArray(node)) return node.map(withCalls)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, below]) => [key, withCalls(below)]))
}

/** Validators of the handlers' configs. */
import { authenticators } from '../../src/handlers/authenticators/index.ts'
import { authorizers } from '../../src/handlers/authorizers/index.ts'
import { errorHandlers } from '../../src/handlers/errors/index.ts'
import { mutators } from '../../src/handlers/mutators/index.ts'
import type { Stage } from '../../src/model/trace.ts'
import { createAjv } from './ajv.ts'
import { moduleOf } from './module.ts'

interface Carrier {
  readonly schema: unknown
}

const tables: Readonly<
  Record<Stage, { readonly table: string; readonly kinds: Readonly<Record<string, Carrier>> }>
> = {
  authenticator: { table: 'authenticators', kinds: authenticators },
  authorizer: { table: 'authorizers', kinds: authorizers },
  mutator: { table: 'mutators', kinds: mutators },
  error: { table: 'errorHandlers', kinds: errorHandlers },
}

interface Handler {
  /** `authenticator_jwt`: the name of its validator. */
  readonly name: string
  readonly schema: object
  /** How the module names its schema. */
  readonly source: string
}

export const handlers: readonly Handler[] = Object.entries(tables).flatMap(
  ([stage, { table, kinds }]) =>
    Object.entries(kinds).map(([name, { schema }]) => ({
      name: `${stage}_${name}`,
      schema: schema as object,
      source: `${table}.${name}.schema`,
    })),
)

const imports = `import { authenticators } from '../../../handlers/authenticators/index.ts'
import { authorizers } from '../../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../../handlers/errors/index.ts'
import { mutators } from '../../../handlers/mutators/index.ts'
import { formats } from '../../../lib/schema/formats.ts'
import { lengthOf } from '../../../lib/schema/length-of.ts'
import type { Check } from '../../../lib/schema.ts'`

/** The module with a validator for each handler, and a table of all. */
export function handlersModule(): string {
  const ajv = createAjv()
  for (const { name, schema } of handlers) ajv.addSchema(schema, name)
  const names = handlers.map(({ name }) => name)
  const table = `/** By stage and name of the handler: \`authenticator_jwt\`. */
export const handlerValidators: Readonly<Record<string, Check>> = {
${names.map(name => `  ${name},\n`).join('')}}`
  return moduleOf(ajv, { names, sources: handlers, imports, rest: table })
}

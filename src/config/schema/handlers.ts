/** The sections of the handlers, built from the schemas of the handlers. */
import { authenticators as authenticatorKinds } from '../../handlers/authenticators/index.ts'
import { authorizers as authorizerKinds } from '../../handlers/authorizers/index.ts'
import { errorHandlers as errorKinds } from '../../handlers/errors/index.ts'
import { mutators as mutatorKinds } from '../../handlers/mutators/index.ts'
import { section, texts } from './parts.ts'

interface Carrier {
  readonly schema: unknown
  readonly unchecked?: true
  readonly isCompletedByRules?: true
}
type Kinds = Readonly<Record<string, Carrier>>
type Switch = (name: string, config: object | undefined) => object

const enabledOf = (name: string, initial: boolean) => ({
  type: 'boolean',
  default: initial,
  description: `Whether rules may use ${name}.`,
})

/** A handler without settings: only `enabled`. */
const bare = (name: string) =>
  section(`${name}: has no settings.`, { enabled: enabledOf(name, false) })

/** The config is always checked, and no other keys are allowed. */
const strict = (name: string, config: object) =>
  section(`The handler ${name}.`, { enabled: enabledOf(name, false), config })

/** The config is checked only if the handler is enabled: a disabled handler may have any config. */
const lenient = (name: string, config: object, initial = false) => ({
  type: 'object',
  description: `The handler ${name}.`,
  properties: {
    enabled: enabledOf(name, initial),
    config: { description: `The settings of ${name}; rules may override them.` },
  },
  if: conditionOf(initial),
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    ...('required' in config ? { required: ['config'] } : {}),
    properties: { config },
  },
})

const conditionOf = (initial: boolean) => ({
  properties: { enabled: { const: true } },
  ...(initial ? {} : { required: ['enabled'] }),
})

const switchOf: Switch = (name, config) => {
  if (config === undefined) return bare(name)
  return name === 'anonymous' ? strict(name, config) : lenient(name, config, name === 'json')
}

/** In alphabetical order. */
function switches(kinds: Kinds): Readonly<Record<string, object>> {
  const all = Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    all.map(([name, kind]) => [
      name,
      switchOf(name, kind.unchecked ? undefined : globalSchema(kind)),
    ]),
  )
}

function globalSchema({ schema, isCompletedByRules }: Carrier): object {
  const { required, ...rest } = schema as { readonly required?: unknown }
  return isCompletedByRules ? rest : (schema as object)
}

/** `json` is the only handler that is enabled by default. */
export const handlers = {
  authenticators: section('Authenticators: who is calling.', switches(authenticatorKinds)),
  authorizers: section('Authorizers: whether the caller may do this.', switches(authorizerKinds)),
  mutators: section('Mutators: which headers the upstream gets.', switches(mutatorKinds)),
  errors: section('Error handlers: what a caller gets when the request is denied.', {
    fallback: texts(
      ['json'],
      'Error handlers that are tried, in this order, when no error handler of the rule takes the error.',
    ),
    handlers: section('The error handlers.', switches(errorKinds)),
  }),
}

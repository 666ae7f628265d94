/** Changes of what a rule does: fewer checks of a credential, an allow for a deny, fewer headers, no conditions. */
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import type { HandlerReference, RuleDefinition } from '../../../rules/definition.ts'
import type { Path } from '../../lint/linted.ts'
import { mayLetIn } from '../../rule-sets/access.ts'
import { authorizerChanges } from './authorizer-mutants.ts'
import type { Change } from './mutation.ts'

export const handlerChanges = (rule: RuleDefinition): readonly Change[] => [
  ...authenticatorChanges(rule),
  ...authorizerChanges(rule),
  // Where nobody gets in, mutators are never run.
  ...(mayLetIn(rule) ? mutatorChanges(rule) : []),
  ...errorChanges(rule),
]

type References = readonly HandlerReference[]

/** Those behind one that answers for everybody are never asked. */
function authenticatorChanges(rule: RuleDefinition): readonly Change[] {
  const all = rule.authenticators ?? []
  const last = all.findIndex(({ handler }) => handler === 'noop' || handler === 'unauthorized')
  const asked = last < 0 ? all : all.slice(0, last + 1)
  const withAll = (authenticators: References): RuleDefinition => ({ ...rule, authenticators })
  return asked.flatMap((reference, i) => {
    const path = ['authenticators', i]
    const named = `authenticator ${reference.handler}`
    const replace = (one: HandlerReference): RuleDefinition => withAll(all.with(i, one))
    return [
      ...dropped(named, { all, i, path, withAll, instead: 'noop' }),
      ...claimChecks(reference).map(({ what, key, config }) => ({
        change: `${named}: without ${what}`,
        path: [...path, 'config', key],
        definition: replace({ ...reference, config }),
      })),
      ...(reference.removeCredential
        ? [
            {
              change: `${named}: without remove_credential`,
              path: [...path, 'remove_credential'],
              definition: replace(without(reference, 'removeCredential')),
            },
          ]
        : []),
    ]
  })
}

interface Dropped {
  readonly all: References
  readonly i: number
  readonly path: Path
  readonly withAll: (references: References) => RuleDefinition
  /** What stands in its place if it is the only one. */
  readonly instead: string
}

function dropped(named: string, { all, i, path, withAll, instead }: Dropped): readonly Change[] {
  const [only] = all
  if (all.length > 1) {
    return [{ change: `without ${named}`, path, definition: withAll(all.toSpliced(i, 1)) }]
  }
  if (only === undefined || only.handler === instead || only.handler === 'anonymous') return []
  const definition = withAll([{ handler: instead, config: {} }])
  return [{ change: `${named}: ${instead} in its place`, path, definition }]
}

interface ClaimCheck {
  readonly what: string
  readonly key: string
  readonly config: JsonObject
}

const checked: Readonly<Record<string, string>> = {
  required_scope: 'the scope',
  target_audience: 'the audience',
  trusted_issuers: 'the issuer',
  required_claims: 'the claim',
}

/** Without each of the entries; of several issuers, without them all. */
function claimChecks({ config }: HandlerReference): readonly ClaimCheck[] {
  if (!isJsonObject(config)) return []
  return Object.entries(checked).flatMap(([key, noun]) => {
    const list = config[key]
    const isCompared = key !== 'required_scope' || (config['scope_strategy'] ?? 'none') !== 'none'
    if (!Array.isArray(list) || list.length === 0 || !isCompared) return []
    const less = (rest: readonly JsonValue[]): JsonObject => {
      const { [key]: _, ...others } = config
      return rest.length === 0 ? others : { ...others, [key]: [...rest] }
    }
    const each = list.map((entry, i) => ({
      what: `${noun} ${textOf(JSON.stringify(entry))}`,
      key,
      config: less(list.toSpliced(i, 1)),
    }))
    const isChoice = key === 'trusted_issuers' && list.length > 1
    return isChoice ? [...each, { what: 'any issuer', key, config: less([]) }] : each
  })
}

/** Members of configs in which each entry is something that is set. */
const entryKeys = ['headers', 'cookies', 'set']

function mutatorChanges(rule: RuleDefinition): readonly Change[] {
  const all = rule.mutators ?? []
  const withAll = (mutators: References): RuleDefinition => ({ ...rule, mutators })
  return all.flatMap((reference, i) => {
    if (reference.handler === 'noop') return []
    const path = ['mutators', i]
    const named = `mutator ${reference.handler}`
    const replace = (one: HandlerReference): RuleDefinition => withAll(all.with(i, one))
    const entries = entriesIn(reference).map(({ key, name, config }) => ({
      change: `${named}: without ${key}.${textOf(name)}`,
      path: [...path, 'config', key, name],
      definition: replace({ ...reference, config }),
    }))
    return [
      ...(entries.length > 0
        ? entries
        : dropped(named, { all, i, path, withAll, instead: 'noop' })),
      ...withoutWhen(named, reference, { path, replace }),
    ]
  })
}

function entriesIn({ config }: HandlerReference) {
  if (!isJsonObject(config)) return []
  return entryKeys.flatMap(key => {
    const entries = config[key]
    if (!isJsonObject(entries ?? null)) return []
    const all = Object.entries(entries as JsonObject)
    return all.map(([name]) => {
      const rest = Object.fromEntries(all.filter(([other]) => other !== name))
      return { key, name, config: { ...config, [key]: rest } }
    })
  })
}

function errorChanges(rule: RuleDefinition): readonly Change[] {
  const all = rule.errors ?? []
  return all.flatMap((reference, i) => {
    const path = ['errors', i]
    const named = `error handler ${reference.handler}`
    return [
      {
        change: `without ${named}`,
        path,
        definition: { ...rule, errors: all.toSpliced(i, 1) },
      },
      ...withoutWhen(named, reference, {
        path,
        replace: one => ({ ...rule, errors: all.with(i, one) }),
      }),
    ]
  })
}

interface Replacing {
  readonly path: Path
  readonly replace: (one: HandlerReference) => RuleDefinition
}

function withoutWhen(
  named: string,
  reference: HandlerReference,
  { path, replace }: Replacing,
): readonly Change[] {
  if (reference.when === undefined) return []
  const definition = replace(without(reference, 'when'))
  return [{ change: `${named}: without when`, path: [...path, 'when'], definition }]
}

export function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value
  return rest
}

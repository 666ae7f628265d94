/** What the handlers of a rule ask for and set, by name: never a value, since it may be a secret. */
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import { textOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { createSectionCompiler, isProblem, type Runnable } from '../../rules/compiling/section.ts'
import type { AuthorizerEntry, HandlerReference, RuleDefinition } from '../../rules/definition.ts'
import type { OpenedRules } from '../rule-sets/open.ts'

export interface Described {
  /** Authenticators in their order, such as `jwt (scope orders.read)`. */
  readonly by: readonly string[]
  /** Such as `allow`, or `any of remote, cel`. */
  readonly authorizers: readonly string[]
  readonly sets: Sets
}

/** Names. */
export interface Sets {
  /** For the upstream. */
  readonly headers: readonly string[]
  readonly query: readonly string[]
  /** In the answer to the client. */
  readonly response: readonly string[]
}

export function createDescribe({
  settings,
  deps,
}: OpenedRules): (rule: RuleDefinition) => Described {
  const authenticator = createSectionCompiler(
    { stage: 'authenticator', kinds: authenticators, settings: settings.authenticators },
    deps,
  )
  const authorizer = createSectionCompiler(
    { stage: 'authorizer', kinds: authorizers, settings: settings.authorizers },
    deps,
  )
  const mutator = createSectionCompiler(
    { stage: 'mutator', kinds: mutators, settings: settings.mutators },
    deps,
  )
  return rule => {
    const asked = (rule.authenticators ?? []).map(reference => ({
      reference,
      runnable: usable(authenticator(reference)),
    }))
    const entries = rule.authorizers ?? [rule.authorizer]
    const steps = [
      ...entries.flatMap(referencesIn).map(authorizer),
      ...(rule.mutators ?? []).map(mutator),
    ].flatMap(one => usable<unknown>(one) ?? [])
    return {
      by: asked.map(({ reference, runnable }) => askedBy(reference, runnable)),
      authorizers: entries.map(authorizerText),
      sets: setBy(steps),
    }
  }
}

const usable = <Run>(
  compiled: Runnable<Run> | { readonly kind: 'handler_problem'; readonly message: string },
): Runnable<Run> | undefined => (isProblem(compiled) ? undefined : compiled)

const referencesIn = (entry: AuthorizerEntry): readonly HandlerReference[] =>
  'of' in entry ? entry.entries.flatMap(referencesIn) : [entry]

/** The settings that say whose tokens are accepted. */
const demands: readonly (readonly [key: string, word: string])[] = [
  ['required_scope', 'scope'],
  ['trusted_issuers', 'issuer'],
  ['target_audience', 'audience'],
]

function askedBy({ handler }: HandlerReference, runnable: Runnable<unknown> | undefined): string {
  const written = demands.flatMap(([key, word]) => {
    const texts = textsIn(runnable?.config[key])
    return texts.length === 0 ? [] : [`${word} ${texts.join(' ')}`]
  })
  return textOf(written.length === 0 ? handler : `${handler} (${written.join('; ')})`)
}

const textsIn = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

function authorizerText(entry: AuthorizerEntry): string {
  const text =
    'of' in entry
      ? `${entry.of} of ${entry.entries.map(authorizerText).join(', ')}`
      : textOf(entry.handler)
  return entry.when === undefined ? text : `${text} (sometimes)`
}

function setBy(steps: readonly Runnable<unknown>[]): Sets {
  const sorted = (names: readonly string[]) => [...new Set(names.map(textOf))].sort()
  return {
    headers: sorted(steps.flatMap(({ owns }) => owns)),
    query: sorted(steps.flatMap(queryNames)),
    response: sorted(steps.flatMap(({ answers }) => answers)),
  }
}

function queryNames({ stage, handler, config }: Runnable<unknown>): readonly string[] {
  const set = config['set']
  const isQuery = stage === 'mutator' && handler === 'query'
  return isQuery && set !== undefined && isJsonObject(set) ? Object.keys(set) : []
}

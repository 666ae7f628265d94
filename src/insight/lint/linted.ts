/** What the checks look at: the configuration, and the valid rules with their handlers as they are compiled. */
import type { CheckedRules } from '../../app/rules/read-rules.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../handlers/errors/index.ts'
import type { Kind } from '../../handlers/kind.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import { textOf } from '../../lib/bytes.ts'
import type { JsonObject } from '../../lib/json.ts'
import { createMemory } from '../../lib/remember.ts'
import { isProblem, mergedConfig } from '../../rules/compiling/section.ts'
import type { SectionSettings } from '../../rules/compiling/settings.ts'
import type { AuthorizerEntry, HandlerReference, RuleDefinition } from '../../rules/definition.ts'
import type { LocatedRule } from '../../rules/loading/repository.ts'

export type Path = readonly (string | number)[]

/** A handler of a rule, with the config of the configuration merged in. */
export interface UsedHandler {
  readonly stage: 'authenticator' | 'authorizer' | 'mutator' | 'error'
  readonly kind: Kind<JsonObject, unknown>
  readonly handler: string
  /** Byte strings. */
  readonly config: JsonObject
  readonly reference: HandlerReference
  /** Within the rule. */
  readonly path: Path
}

export interface LintedRule {
  /** As text; empty: it has none. */
  readonly id: string
  readonly definition: RuleDefinition
  readonly located: LocatedRule
  readonly handlers: readonly UsedHandler[]
}

export interface Linted {
  readonly loaded: LoadedConfig
  readonly read: CheckedRules
  /** The valid ones, in order. */
  readonly rules: readonly LintedRule[]
}

export function toLinted(loaded: LoadedConfig, read: CheckedRules): Linted {
  const working = new Set(read.rules.definitions)
  const use = createUse(loaded)
  const rules = read.located
    .filter(({ definition }) => working.has(definition))
    .map(located => toRule(located, use))
  return { loaded, read, rules }
}

type Use = (stage: UsedHandler['stage'], reference: HandlerReference, path: Path) => UsedHandler[]

const toRule = (located: LocatedRule, use: Use): LintedRule => {
  const { definition } = located
  return {
    id: textOf(definition.id),
    definition,
    located,
    handlers: [
      ...listed(use, 'authenticator', definition.authenticators),
      ...authorizersOf(definition).flatMap(([entry, path]) => usedIn(use, entry, path)),
      ...listed(use, 'mutator', definition.mutators),
      ...listed(use, 'error', definition.errors),
    ],
  }
}

const listed = (
  use: Use,
  stage: UsedHandler['stage'],
  references: readonly HandlerReference[] | null,
): readonly UsedHandler[] =>
  (references ?? []).flatMap((reference, i) => use(stage, reference, [members[stage], i]))

const members = {
  authenticator: 'authenticators',
  authorizer: 'authorizers',
  mutator: 'mutators',
  error: 'errors',
} as const

const authorizersOf = ({
  authorizer,
  authorizers: several,
}: RuleDefinition): readonly (readonly [AuthorizerEntry, Path])[] =>
  several?.map((entry, i) => [entry, ['authorizers', i]] as const) ?? [[authorizer, ['authorizer']]]

const usedIn = (use: Use, entry: AuthorizerEntry, path: Path): readonly UsedHandler[] =>
  'of' in entry
    ? entry.entries.flatMap((one, i) => usedIn(use, one, [...path, entry.of, i]))
    : use('authorizer', entry, path)

/** Rules with the same reference share the merged config. */
function createUse({ config }: LoadedConfig): Use {
  const merged = createMemory<JsonObject | undefined>()
  const settings: Readonly<Record<UsedHandler['stage'], SectionSettings>> = {
    authenticator: config.authenticators,
    authorizer: config.authorizers,
    mutator: config.mutators,
    error: config.errors.handlers,
  }
  return (stage, reference, path) => {
    const { handler } = reference
    const kind = (kinds[stage] as Readonly<Record<string, UsedHandler['kind']>>)[handler]
    if (kind === undefined) return []
    const own = merged(`${stage} ${handler} ${JSON.stringify(reference.config)}`, () => {
      const global = settings[stage][handler]?.config ?? {}
      const outcome = mergedConfig({ kind: kind as Kind<never, unknown>, global }, reference.config)
      return isProblem(outcome) ? undefined : outcome
    })
    return own === undefined ? [] : [{ stage, kind, handler, config: own, reference, path }]
  }
}

const kinds = {
  authenticator: authenticators,
  authorizer: authorizers,
  mutator: mutators,
  error: errorHandlers,
}

import type { JsonObject } from '../../../lib/json.ts'
import type { RuleDefinition } from '../../../rules/definition.ts'
import type { Place } from '../../lint/finding.ts'
import type { LintedRule, Path } from '../../lint/linted.ts'
import type { RequestParts } from '../case.ts'

/** One change of one rule. */
export interface Mutant {
  readonly rule: LintedRule
  /** Such as `authenticator jwt: without the audience "shop"`. */
  readonly change: string
  /** Of what is changed, within the rule. */
  readonly path: Path
  /** The rule as changed, with the whole config of each handler. */
  readonly definition: RuleDefinition
  /** `match`: it matches what it matched before, and perhaps more. */
  readonly kind: 'match' | 'handlers'
}

/** A changed rule, without what all of them share. */
export interface Change {
  readonly change: string
  readonly path: Path
  readonly definition: RuleDefinition
}

/** What became of changed rules. */
export type Mutation = Tried | NotTried

export interface Tried {
  readonly kind: 'tried'
  /** Changes that make a difference, as far as is known. */
  readonly tried: number
  /** Changes that are proven to make no difference. */
  readonly equal: number
  readonly survivors: readonly Survivor[]
}

export interface NotTried {
  readonly kind: 'not_tried'
  readonly reason: string
}

/** A change of a rule that no test noticed. */
export interface Survivor {
  readonly rule: string
  readonly change: string
  readonly place: Place | null
  /** A request that shows the difference; null: none was found. */
  readonly witness: MutationWitness | null
}

export interface MutationWitness {
  readonly request: RequestParts
  /** Claims of the token; undefined: none is sent. */
  readonly as?: JsonObject | undefined
  /** Answers of services, as in a test. */
  readonly stubs: JsonObject
  /** What becomes of it, such as `404` and `200 by rule "orders"`. */
  readonly before: string
  readonly after: string
}

import type { Answer, Authenticate, Step } from '../handlers/kind.ts'
import type { Changes, Upstream } from '../model/decision.ts'
import type { Headers } from '../model/headers.ts'
import type { Session } from '../model/session.ts'
import type { RuleDefinition } from './definition.ts'
import type { Captures } from './match-context.ts'

/** One handler of a rule, ready to run. */
export type PipelineStep =
  | { readonly stage: 'authenticator'; readonly handler: string; readonly run: Authenticate }
  | { readonly stage: 'authorizer' | 'mutator'; readonly handler: string; readonly run: Step }

/** One rule, ready to decide. A rule that cannot work has a single authenticator that always fails. */
export interface Rule {
  readonly kind: 'rule'
  readonly id: string
  readonly definition: RuleDefinition
  /** Authenticators, the authorizer, mutators, in their order. */
  readonly pipeline: readonly PipelineStep[]
  readonly captures: Captures
  readonly readsBody: boolean
  /** Canonical header names that its handlers may set. */
  readonly owns: readonly string[]
  /** What works and is seldom meant. */
  readonly advice: readonly string[]
  /** What works and may not be meant, told at load. */
  readonly warnings: readonly string[]
  /** Key sets that its handlers sign with. */
  readonly signsWith: readonly string[]
  /** Total: falls back to the built-in answer when a handler fails. */
  readonly answer: Answer
  readonly changes: (session: Session, headers: Headers) => Changes
  readonly upstream: Upstream | undefined
  /** Why the rule always denies; empty for a working rule. */
  readonly problems: readonly string[]
}

/** Something about one rule that works and may not be meant. */
export interface RuleWarning {
  readonly rule: string
  readonly message: string
}

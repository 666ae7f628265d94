import type { Answer, Authenticate, Step } from '../handlers/kind.ts'
import type { Upstream } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource, Session } from '../model/session.ts'
import type { TracedHandler } from '../model/trace.ts'
import type { RuleDefinition } from './definition.ts'
import type { Captures } from './match-context.ts'
import type { ComputeChanges } from './owned.ts'

/** One compiled handler of a rule, or several authorizers. */
export type PipelineStep = AuthenticatorStep | HandlerStep | AuthorizerGroupStep

export interface AuthenticatorStep extends TracedHandler {
  readonly stage: 'authenticator'
  readonly handler: string
  readonly run: Authenticate
  /** When it refuses the credential, the next authenticator is asked. */
  readonly passesRefusal?: true
}

export interface HandlerStep extends TracedHandler {
  readonly stage: 'authorizer' | 'mutator'
  readonly handler: string
  readonly run: Step
  readonly when?: When | undefined
}

/** Whether a handler is used; a failure when that cannot be decided. */
export type When = (session: Session, request: AccessRequest) => boolean | Failure

/** As `When`, of an error handler, which also sees what it answers. */
export type WhenError = (
  failed: Failure,
  session: Session,
  request: AccessRequest,
) => boolean | Failure

/** Authorizers of which one must allow, or all. */
export interface AuthorizerGroupStep extends TracedHandler {
  readonly stage: 'authorizer'
  readonly of: 'any' | 'all'
  readonly when?: When | undefined
  readonly branches: readonly AuthorizerStep[]
}

export type AuthorizerStep = HandlerStep | AuthorizerGroupStep

/** One compiled rule. A broken rule has a single authenticator that always fails. */
export interface Rule {
  readonly kind: 'rule'
  readonly id: string
  readonly definition: RuleDefinition
  /** Authenticators, then the authorizer, then mutators. */
  readonly pipeline: readonly PipelineStep[]
  readonly captures: Captures
  /** It matches only where no other rule does. */
  readonly isDefault: boolean
  /** Canonical header names that its handlers may set. */
  readonly owns: readonly string[]
  /** Settings that are valid but may be unintended; logged at load. */
  readonly warnings: readonly string[]
  /** Every place from which one of its authenticators may read a credential, as far as they name it. */
  readonly credentials: readonly CredentialSource[]
  /** Key sets that its mutators sign with. */
  readonly signsWith: readonly string[]
  /** Never throws: uses the built-in answer when a handler fails. */
  readonly answer: Answer
  readonly changes: ComputeChanges
  readonly upstream: Upstream | undefined
  /** Why the rule always denies; empty for a working rule. */
  readonly problems: readonly string[]
}

/** A setting of one rule that is valid but may be unintended. */
export interface RuleWarning {
  readonly rule: string
  readonly message: string
}

import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import type { Trace } from '../model/trace.ts'
import type { Rule } from '../rules/rule.ts'

/** One request in the pipeline of its rule. */
export interface Check {
  readonly rule: Rule
  readonly request: AccessRequest
  readonly trace: Trace | undefined
  /** The session that every authenticator gets. */
  readonly empty: Session
}

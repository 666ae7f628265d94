import type { Child } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type Answered, nothing } from './answered.ts'

/** The ports of Oarlock that a proxy checks with, and the upstream that receives allowed requests. */
export interface Neighbours {
  readonly oarlock: number
  readonly upstream: number
}

/** Starts the real program with the configuration of deploy/; only the ports differ. */
export type StartProxy = (t: Cleanup, neighbours: Neighbours) => Promise<RunningProxy>

export interface RunningProxy extends Child {
  /** Where clients connect. */
  readonly port: number
}

/** What a client receives of a redirect. */
export interface Redirected {
  readonly status: number
  readonly location: boolean
  readonly cookies: number
}

/** How a proxy differs from one that passes on everything. */
export interface Traits {
  /** The client receives the body of Oarlock's denial. */
  readonly denialBodies: boolean
  /** `serve.api.auth_request`: the proxy understands only 401 and 403. */
  readonly authRequest: boolean
  readonly redirect: Redirected
  /** The headers that the proxy's files name are removed before the check: none of them can be a credential. */
  readonly namedBefore?: true
  /** What of an allowed answer reaches the client. */
  readonly answered: Answered
  /** The longest time that the proxy waits for Oarlock, in milliseconds. */
  readonly longestWait: number
}

export const passesAll: Traits = {
  denialBodies: true,
  authRequest: false,
  redirect: { status: 302, location: true, cookies: 2 },
  answered: nothing,
  longestWait: 5000,
}

import type { Child } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'

/** Whom a proxy asks, and where it sends what is allowed. */
export interface Neighbours {
  readonly oarlock: number
  readonly upstream: number
}

/** Starts the real program with the configuration of deploy/, as it is but for its ports. */
export type StartProxy = (t: Cleanup, neighbours: Neighbours) => Promise<RunningProxy>

export interface RunningProxy extends Child {
  /** Where clients connect. */
  readonly port: number
}

/** What of a redirect reaches the client. */
export interface Redirected {
  readonly status: number
  readonly location: boolean
  readonly cookies: number
}

/** How a proxy differs from one that passes everything on. */
export interface Traits {
  /** The client sees the body that Oarlock answers a denial with. */
  readonly denialBodies: boolean
  /** `serve.api.auth_request`: the proxy knows 401 and 403 only. */
  readonly authRequest: boolean
  readonly redirect: Redirected
  /** The longest that it waits for Oarlock, in milliseconds. */
  readonly patience: number
}

export const passesAll: Traits = {
  denialBodies: true,
  authRequest: false,
  redirect: { status: 302, location: true, cookies: 2 },
  patience: 5000,
}

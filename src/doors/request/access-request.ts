import { randomId } from '../../lib/random-id.ts'
import { LightSignal, type Signal } from '../../lib/signal.ts'
import type { AccessRequest } from '../../model/request.ts'

/** How one check ends early: when its budget passes, or when the caller hangs up. */
export interface Lifetime {
  /** On the clock of performance.now(), milliseconds; by default when the request is made. */
  readonly began?: number
  /** On the same clock. */
  readonly deadline: number
  /** Registers what to do when the caller hangs up; called once at most, and only if the signal is read. */
  readonly onHangUp: (abort: () => void) => void
  /** Set with the signal; `endLifetime` stops it. */
  timer?: NodeJS.Timeout
}

export type RequestParts = Omit<AccessRequest, 'signal' | 'began' | 'deadline' | 'id'>

interface Live {
  readonly lifetime: Lifetime
  made: Signal | undefined
  madeId: string | undefined
}

/**
 * What is made when first read stands on a shared prototype: an accessor of the object's own would cost a
 * hidden class per request, which keeps the whole call alive until the next full garbage collection.
 */
const onDemand: Pick<AccessRequest, 'signal' | 'id'> & ThisType<Live> = {
  get signal() {
    this.made ??= createSignal(this.lifetime)
    return this.made
  },
  get id() {
    this.madeId ??= randomId()
    return this.madeId
  },
}

/** Adds the deadline and the signal (members one by one: spreading them costs half a microsecond), which is made (with its timer) only when a handler first reads it. */
export function createRequest(parts: RequestParts, lifetime: Lifetime): AccessRequest {
  const request: RequestParts &
    Live & { readonly __proto__: object; readonly began: number; readonly deadline: number } = {
    __proto__: onDemand,
    door: parts.door,
    method: parts.method,
    scheme: parts.scheme,
    host: parts.host,
    path: parts.path,
    query: parts.query,
    pathIsEncoded: parts.pathIsEncoded,
    writtenPath: parts.writtenPath,
    raw: parts.raw,
    headers: parts.headers,
    client: parts.client,
    body: parts.body,
    rpc: parts.rpc,
    schemeFallback: parts.schemeFallback,
    context: parts.context,
    metadata: parts.metadata,
    began: lifetime.began ?? performance.now(),
    deadline: lifetime.deadline,
    lifetime,
    made: undefined,
    madeId: undefined,
  }
  return request as unknown as AccessRequest
}

/** The reason of an abort at the deadline. */
export const deadlinePassed = 'deadline passed'
/** The reason of an abort because the caller hung up. */
export const callerGone = 'caller gone'

/** The check is answered: nothing of it may fire any more. */
export const endLifetime = (lifetime: Lifetime): void => clearTimeout(lifetime.timer)

/** For a door that builds its request itself: to be made once, when the signal is first read. */
export function createSignal(lifetime: Lifetime): Signal {
  const signal = new LightSignal()
  const left = Math.max(0, lifetime.deadline - performance.now())
  lifetime.timer = setTimeout(() => signal.abort(deadlinePassed), left)
  lifetime.timer.unref()
  lifetime.onHangUp(() => {
    endLifetime(lifetime)
    signal.abort(callerGone)
  })
  return signal
}

/** The budget of a check: the caller's own deadline less 10 ms to answer in, at most `most` milliseconds. */
export const deadlineOf = (
  callersMilliseconds: number | undefined,
  most: number,
  began: number = performance.now(),
): number =>
  began +
  (callersMilliseconds === undefined ? most : Math.min(most, Math.max(0, callersMilliseconds - 10)))

import { randomId } from '../../lib/random-id.ts'
import { callerHungUp, deadlinePassed, LightSignal, type Signal } from '../../lib/signal.ts'
import type { AccessRequest } from '../../model/request.ts'

/** The lifetime of one check: its deadline, and how it learns that the caller hung up. */
export interface Lifetime {
  /** Start time on the clock of performance.now(), in milliseconds; default: when the request is created. */
  readonly began?: number
  /** On the same clock. */
  readonly deadline: number
  /** Registers `abort`, which is called when the caller hangs up. Called at most once, and only if the signal is read. */
  readonly onHangUp: (abort: () => void) => void
  /** Set when the signal is created; `endLifetime` stops it. */
  timer?: NodeJS.Timeout
}

export type RequestParts = Omit<AccessRequest, 'signal' | 'began' | 'deadline' | 'id'>

interface Live {
  readonly lifetime: Lifetime
  made: Signal | undefined
  madeId: string | undefined
}

/**
 * Members that are created when first read, on a shared prototype. Own accessors would cost a hidden class per
 * request, which keeps the whole call in memory until the next full garbage collection.
 */
const onDemand: Pick<AccessRequest, 'signal' | 'id'> & ThisType<Live> = {
  get signal() {
    this.made ??= createLifetimeSignal(this.lifetime)
    return this.made
  },
  get id() {
    this.madeId ??= randomId()
    return this.madeId
  },
}

/**
 * Adds the deadline and the signal, which is created (with its timer) when a handler first reads it. Members are
 * copied one by one, because spreading them costs half a microsecond.
 */
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
    pathEscapes: parts.pathEscapes,
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

/** Call it when the check is answered: stops the timer. */
export const endLifetime = (lifetime: Lifetime): void => clearTimeout(lifetime.timer)

/** The signal of a check, for doors that build the request themselves. Call it once, when the signal is first read. */
export function createLifetimeSignal(lifetime: Lifetime): Signal {
  const signal = new LightSignal()
  const left = Math.max(0, lifetime.deadline - performance.now())
  lifetime.timer = setTimeout(() => signal.abort(deadlinePassed), left)
  lifetime.timer.unref()
  lifetime.onHangUp(() => {
    endLifetime(lifetime)
    signal.abort(callerHungUp)
  })
  return signal
}

/** The deadline: the caller's own time limit less 10 ms for the answer, or `most` milliseconds if that is shorter. */
export const deadlineOf = (
  callersMilliseconds: number | undefined,
  most: number,
  began: number = performance.now(),
): number =>
  began +
  (callersMilliseconds === undefined ? most : Math.min(most, Math.max(0, callersMilliseconds - 10)))

/** A request that was answered, for rules that look at it once more. */
import { deadlinePassed, LightSignal } from '../lib/signal.ts'
import type { AccessRequest, DoorName, RequestBody } from '../model/request.ts'

/** These hold the whole request in memory. */
const inMemory = new Set<DoorName>(['grpc', 'lambda'])

/** For one decision. Milliseconds. */
const time = 1000

export interface ShadowRequest {
  readonly request: AccessRequest
  /** What is decided from now on says nothing: ends the decision, so that no handler waits and tries again. */
  readonly cut: (reason: string) => void
  /** The first reason. */
  readonly reason: () => string | undefined
  /** Stops the timer. */
  readonly end: () => void
}

/** The request with a time limit of its own, because that of the caller is over, and without a body that was sent over HTTP. */
export function shadowRequest(asked: AccessRequest): ShadowRequest {
  const { id, body, door } = asked
  const began = performance.now()
  const signal = new LightSignal()
  const timer = setTimeout(() => signal.abort(deadlinePassed), time).unref()
  let reason: string | undefined
  const cut = (why: string): void => {
    reason ??= why
    signal.abort(deadlinePassed)
  }
  const own = {
    id,
    began,
    deadline: began + time,
    signal,
    body: body === undefined || inMemory.has(door) ? body : bodyNotKept(cut),
  }
  return {
    request: { __proto__: asked, ...own } as unknown as AccessRequest,
    cut,
    reason: () => reason,
    end: () => clearTimeout(timer),
  }
}

function bodyNotKept(cut: ShadowRequest['cut']): RequestBody {
  const refuse = (): never => {
    cut('the body is not kept')
    throw new Error('the body is not kept')
  }
  return { isPartial: false, bytes: async () => refuse(), stream: refuse }
}

/** A request that was answered, for rules that look at it once more. */
import { deadlinePassed, LightSignal } from '../lib/signal.ts'
import type { AccessRequest, DoorName, RequestBody } from '../model/request.ts'

/** These hold the whole request in memory. */
const inMemory = new Set<DoorName>(['grpc', 'lambda'])

/** For one decision. Milliseconds. */
const time = 1000

export interface ShadowRequest {
  readonly request: AccessRequest
  /** A handler wanted the body, which is gone. */
  readonly isCut: () => boolean
  /** Stops the timer. */
  readonly end: () => void
}

/** The request with a time limit of its own, because that of the caller is over, and without a body that was sent over HTTP. */
export function shadowRequest(asked: AccessRequest): ShadowRequest {
  const { id, body, door } = asked
  const began = performance.now()
  const signal = new LightSignal()
  const timer = setTimeout(() => signal.abort(deadlinePassed), time).unref()
  let isCut = false
  const cut = (): void => {
    isCut = true
  }
  const own = {
    id,
    began,
    deadline: began + time,
    signal,
    body: body === undefined || inMemory.has(door) ? body : goneBody(cut),
  }
  return {
    request: { __proto__: asked, ...own } as unknown as AccessRequest,
    isCut: () => isCut,
    end: () => clearTimeout(timer),
  }
}

function goneBody(onRead: () => void): RequestBody {
  const gone = (): never => {
    onRead()
    throw new Error('the body is no longer there')
  }
  return { isPartial: false, bytes: async () => gone(), stream: gone }
}

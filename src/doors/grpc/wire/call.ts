import type { ServerUnaryCall } from '@grpc/grpc-js'

/** One unary call, independent of the transport that received it. */
export interface UnaryCall {
  /** The message, without its frame. */
  readonly message: Buffer
  /** Milliseconds until the caller's deadline; undefined: it sent none. */
  readonly timeout: number | undefined
  /** Calls `abort` once when the caller hangs up, or immediately if it already has. */
  readonly onHangUp: (abort: () => void) => void
  /** Removes the listener of `onHangUp`. */
  readonly release: () => void
}

/** Answers a call: calls `done` with the encoded message, exactly once. */
export type Answerer = (call: UnaryCall, done: (bytes: Buffer) => void) => void

/** A call that grpc-js read. */
export const libraryCall = (call: ServerUnaryCall<Buffer, Buffer>): UnaryCall => ({
  message: call.request,
  timeout: timeoutOf(call),
  onHangUp: abort => {
    if (call.cancelled) abort()
    else call.once('cancelled', abort)
  },
  // grpc-js also emits `cancelled` after a finished call.
  release: () => call.removeAllListeners('cancelled'),
})

function timeoutOf(call: ServerUnaryCall<Buffer, Buffer>): number | undefined {
  const left = Number(call.getDeadline()) - Date.now()
  return Number.isFinite(left) ? left : undefined
}

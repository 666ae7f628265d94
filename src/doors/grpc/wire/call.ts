import type { ServerUnaryCall } from '@grpc/grpc-js'

/** One unary call as a transport hands it over. */
export interface UnaryCall {
  /** The message, without its frame. */
  readonly message: Buffer
  /** Milliseconds that the caller still waits; undefined when it did not say. */
  readonly timeout: number | undefined
  /** Calls `abort` once when the caller hangs up, at once when it already has. */
  readonly onHangUp: (abort: () => void) => void
  /** Forgets what `onHangUp` was given. */
  readonly release: () => void
}

/** Answers a call: `done` gets the message, exactly once. */
export type Answerer = (call: UnaryCall, done: (bytes: Buffer) => void) => void

/** A call that grpc-js read. */
export const libraryCall = (call: ServerUnaryCall<Buffer, Buffer>): UnaryCall => ({
  message: call.request,
  timeout: timeoutOf(call),
  onHangUp: abort => {
    if (call.cancelled) abort()
    else call.once('cancelled', abort)
  },
  // grpc-js says `cancelled` after a finished call too.
  release: () => call.removeAllListeners('cancelled'),
})

function timeoutOf(call: ServerUnaryCall<Buffer, Buffer>): number | undefined {
  const left = Number(call.getDeadline()) - Date.now()
  return Number.isFinite(left) ? left : undefined
}

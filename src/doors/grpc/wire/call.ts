import type { Refusal } from './refusals.ts'

/** One unary call, independent of the transport that received it. */
export interface UnaryCall {
  /** The message, without its frame. Valid until the answerer returns: its memory can be a part of much more. */
  readonly message: Buffer
  /** Milliseconds until the caller's deadline; undefined: it sent none. */
  readonly timeout: number | undefined
  /** Calls `abort` once when the caller hangs up, or immediately if it already has. */
  onHangUp(abort: () => void): void
  /** Removes the listener of `onHangUp`. */
  release(): void
  /** Sends the encoded answer. This or `refuse` is called exactly once. */
  answer(bytes: Buffer): void
  /** Ends the call with a status in place of an answer. */
  refuse(refusal: Refusal): void
}

export type Answerer = (call: UnaryCall) => void

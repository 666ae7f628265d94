/** Methods of the port besides Check, independent of the transport. */
import type { Answerer } from '../call.ts'
import type { Refusal } from '../refusals.ts'

/** A method with one message each way, which answers at once. */
export interface UnaryMethod {
  readonly answer: Answerer
  /** Largest message, in bytes. */
  readonly messageBytes: number
}

/** What a method can do with its call. After the end, nothing has an effect. */
export interface AnswerStream {
  /** Sends a message: the answer to the message that was received last, or a further one. */
  readonly send: (message: Buffer) => void
  /** Ends the call with a status; undefined: with success. */
  readonly end: (refusal?: Refusal) => void
  /** What was sent has not left yet; `drained` follows. */
  readonly isBlocked: () => boolean
}

/** Receives what a caller sends. Nothing is called after `closed`. */
export interface MessageHandler {
  /** The next message follows when this one was answered. */
  readonly message: (message: Buffer) => void
  /** The caller sends no more messages. */
  readonly end: () => void
  /** What was sent has left. */
  readonly drained: () => void
  /** The call has ended. */
  readonly closed: () => void
}

/** A method whose answer is a stream. */
export interface StreamMethod {
  readonly begin: (answers: AnswerStream) => MessageHandler
  /** Largest sum of the caller's messages, in bytes. */
  readonly requestBytes: number
  /** The caller sends one message, and the call begins when it is complete. */
  readonly hasOneMessage: boolean
  /** Milliseconds that a call may take; infinite: until the caller ends it. */
  readonly longest: number
  /** Open calls of all connections together. */
  readonly most: number
  readonly mostPerConnection: number
}

/** By path. */
export interface Methods {
  readonly unary: ReadonlyMap<string, UnaryMethod>
  readonly streams: ReadonlyMap<string, StreamMethod>
}

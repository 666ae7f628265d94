/** The state of an exchange, and the functions that end it. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { guarded, type OnBug } from '../../lib/guarded.ts'
import type { UpstreamCall } from '../../outbound/upstream/call.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { BodySender } from './body-sender.ts'
import type { TimeLimit } from './time-limit.ts'

export interface ClientUpgrade {
  /** The value of the header `Upgrade`. */
  readonly protocol: string
  readonly socket: Duplex
  /** Bytes that the client sent after its request. */
  readonly head: Buffer
}

/** Callbacks for the end of an exchange. */
export interface EndEvents {
  /** Called when the upstream gave no complete answer; the client gets 502 or 504, or its connection is closed. */
  readonly onFailure: (error: Error) => void
  readonly onBug: OnBug
  /** Called before an answer is written while the body is still being sent. */
  readonly onEarlyAnswer: () => void
  /** Called once, when no more of the request is read. */
  readonly onEnd: () => void
}

export interface ExchangeState {
  readonly response: ServerResponse
  readonly writer: AnswerWriter
  readonly timeLimit: TimeLimit
  readonly events: EndEvents
  sender: BodySender | undefined
  call: UpstreamCall | undefined
  interims: number
  isAnswered: boolean
  isOver: boolean
}

/** Ends the exchange. False: it had ended before. */
export function finish(state: ExchangeState): boolean {
  if (state.isOver) return false
  state.isOver = true
  state.timeLimit.stop()
  state.sender?.stop()
  state.events.onEnd()
  return true
}

/** Call it when the upstream gave no answer, or one that cannot be passed on. */
export function fail(
  state: ExchangeState,
  error: NodeJS.ErrnoException,
  status = statusOf(error),
): void {
  if (!finish(state)) return
  state.call?.abort()
  state.events.onFailure(error)
  answerEmpty(state, status)
}

/** Call it when the client disconnected, or does not read its answer. */
export function abandon(state: ExchangeState): void {
  if (!finish(state)) return
  state.call?.abort()
  state.response.destroy()
}

/** Call it after an unexpected exception, which may have happened while the exchange was being ended. */
export function broke(state: ExchangeState, bug: unknown): void {
  state.events.onBug(bug)
  finish(state)
  state.call?.abort()
  guarded(
    () => answerEmpty(state, 500),
    () => void state.response.destroy(),
  )()
}

/** Wraps the callback of an event: it does not run after the end. */
export const during = <Args extends readonly unknown[]>(
  state: ExchangeState,
  run: (...args: Args) => void,
): ((...args: Args) => void) =>
  guarded(
    (...args: Args) => {
      if (!state.isOver) run(...args)
    },
    bug => broke(state, bug),
  )

const statusOf = ({ code }: NodeJS.ErrnoException): number => (code === 'ETIMEDOUT' ? 504 : 502)

/** Answers with an empty body, like Oathkeeper. After the head was sent, closes the connection instead. */
function answerEmpty(state: ExchangeState, status: number): void {
  const { response } = state
  if (response.headersSent || response.destroyed) response.destroy()
  else {
    beforeAnswer(state)
    response.writeHead(status, ['Content-Length', '0']).end()
  }
}

/** Call it before the head of an answer is written. */
export function beforeAnswer({ sender, events }: ExchangeState): void {
  if (sender?.isDone() === false) events.onEarlyAnswer()
}

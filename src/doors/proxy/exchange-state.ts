/** What an exchange has come to, and the ways it ends. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { guarded, type OnBug } from '../../lib/guarded.ts'
import type { UpstreamCall } from '../../outbound/upstream/call.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { BodySender } from './body-sender.ts'
import type { Clock } from './clock.ts'

export interface ClientUpgrade {
  /** As in the header `Upgrade`. */
  readonly protocol: string
  readonly socket: Duplex
  /** What the client has sent behind its request. */
  readonly head: Buffer
}

/** Who wants to know of the end. */
export interface EndEvents {
  /** Why no answer, or no whole answer, came; the client has its 502 or 504 by then, or a broken connection. */
  readonly onFailure: (error: Error) => void
  readonly onBug: OnBug
  /** Called before an answer is written that does not wait for the body. */
  readonly onEarlyAnswer: () => void
  /** Called once, when no more of the request is read. */
  readonly onEnd: () => void
}

export interface ExchangeState {
  readonly response: ServerResponse
  readonly writer: AnswerWriter
  readonly clock: Clock
  readonly events: EndEvents
  sender: BodySender | undefined
  call: UpstreamCall | undefined
  interims: number
  isAnswered: boolean
  isOver: boolean
}

/** True for the first who asks: that one ends the exchange. */
export function finish(state: ExchangeState): boolean {
  if (state.isOver) return false
  state.isOver = true
  state.clock.stop()
  state.sender?.stop()
  state.events.onEnd()
  return true
}

/** The upstream gave no answer, or none that can be passed on. */
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

/** The client is gone, or does not take its answer. */
export function abandon(state: ExchangeState): void {
  if (!finish(state)) return
  state.call?.abort()
  state.response.destroy()
}

/** A bug of ours, perhaps while the exchange was being ended. */
export function broke(state: ExchangeState, bug: unknown): void {
  state.events.onBug(bug)
  finish(state)
  state.call?.abort()
  guarded(
    () => answerEmpty(state, 500),
    () => void state.response.destroy(),
  )()
}

/** The callback for an event; none runs after the end. */
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

/** With an empty body, as recorded; in the middle of an answer only the broken connection can tell. */
function answerEmpty(state: ExchangeState, status: number): void {
  const { response } = state
  if (response.headersSent || response.destroyed) response.destroy()
  else {
    beforeAnswer(state)
    response.writeHead(status, ['Content-Length', '0']).end()
  }
}

/** To be called before the head of an answer is written. */
export function beforeAnswer({ sender, events }: ExchangeState): void {
  if (sender?.isDone() === false) events.onEarlyAnswer()
}

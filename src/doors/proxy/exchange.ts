/**
 * Sends one allowed request to the upstream and its answer back to the client, without buffering either. Handles all
 * cases: bodies, trailers, upgrades and early answers.
 */
import type { ServerResponse } from 'node:http'
import { guarded } from '../../lib/guarded.ts'
import type {
  AnswerHead,
  OpenUpstream,
  UpstreamCall,
  UpstreamEvents,
  UpstreamRequest,
} from '../../outbound/upstream/call.ts'
import { timedOut } from '../../outbound/upstream/call.ts'
import { checkAnswer, checkTrailers, earlyLinks } from './answer-check.ts'
import { createAnswerWriter, type WritingOptions } from './answer-writer.ts'
import { type BodySender, type ClientBody, createBodySender } from './body-sender.ts'
import {
  abandon,
  beforeAnswer,
  broke,
  type ClientUpgrade,
  during,
  type EndEvents,
  type ExchangeState,
  fail,
  finish,
} from './exchange-state.ts'
import { switchProtocol } from './switch-protocol.ts'
import { createTimeLimit } from './time-limit.ts'

/** The client side of an exchange. */
export interface ExchangeClient {
  readonly response: ServerResponse
  readonly body: ClientBody | undefined
  /** The connection, if the client asks for another protocol. */
  readonly upgrade: ClientUpgrade | undefined
  /** HTTP/1.0 has no interim answers. */
  readonly takesInterim: boolean
}

export interface ExchangeOptions extends EndEvents, WritingOptions {
  readonly open: OpenUpstream
  /** Time limit for the next step of the upstream or the client, in milliseconds. */
  readonly writeTimeout: number
  /** Called before the request becomes a tunnel; false: the limit is reached. */
  readonly onTunnel: () => boolean
}

/** Ends the response in every case. Never throws. */
export function exchange(
  request: UpstreamRequest,
  client: ExchangeClient,
  options: ExchangeOptions,
): void {
  const { response, body } = client
  const state: ExchangeState = {
    response,
    writer: createAnswerWriter(response, { ...options, onFull: () => awaitClient(state) }),
    timeLimit: createTimeLimit(options.writeTimeout),
    events: options,
    sender: undefined,
    call: undefined,
    interims: 0,
    isAnswered: false,
    isOver: false,
  }
  if (body) state.sender = senderOf(state, body)
  response.once(
    'close',
    guarded(() => abandon(state), options.onBug),
  )
  response.on(
    'drain',
    during(state, () => {
      state.timeLimit.stop()
      state.call?.resume()
    }),
  )
  if (response.destroyed) abandon(state)
  else options.open(request, eventsOf(state, client, options))
}

const senderOf = (state: ExchangeState, body: ClientBody): BodySender =>
  createBodySender(body, {
    onWaiting: () => awaitUpstream(state),
    onSending: () => {
      if (!state.isAnswered) state.timeLimit.stop()
    },
    onTooLong: () => fail(state, new Error(`the body is longer than ${body.most} bytes`), 413),
    onClientGone: () => abandon(state),
    onBug: bug => broke(state, bug),
  })

/** Limits the wait for the answer. The rest of an answer has no time limit. */
function awaitUpstream(state: ExchangeState): void {
  const late = during(state, () => fail(state, timedOut('no answer in time')))
  if (!state.isAnswered) state.timeLimit.start(late)
}

/** Maximum of interim answers before the request fails. */
const mostInterim = 32

const eventsOf = (
  state: ExchangeState,
  client: ExchangeClient,
  options: ExchangeOptions,
): UpstreamEvents => ({
  began: guarded(
    call => begin(state, call),
    bug => broke(state, bug),
  ),
  drained: during(state, () => state.sender?.goOn()),
  interim: during(state, head => {
    state.interims += 1
    if (state.interims > mostInterim) fail(state, new Error('too many interim answers'))
    else if (client.takesInterim && !state.isAnswered) passHints(state.response, head)
  }),
  answered: during(state, head => {
    state.timeLimit.stop()
    state.isAnswered = true
    const answer = checkAnswer(head)
    if (answer.kind === 'bad_answer') fail(state, new Error(answer.reason))
    else {
      beforeAnswer(state)
      state.writer.begin(answer)
    }
  }),
  data: during(state, chunk => passOn(state, chunk)),
  ended: during(state, trailers => {
    const isSent = state.sender?.isDone() ?? true
    finish(state)
    if (!isSent) state.call?.abort()
    state.writer.end(checkTrailers(trailers, options.own))
  }),
  switched: guarded(
    (head, socket, rest) =>
      switchProtocol(state, { head, socket, rest }, { ...client, ...options }),
    bug => broke(state, bug),
  ),
  failed: during(state, error => fail(state, error)),
  broke: bug => broke(state, bug),
})

function passHints(response: ServerResponse, head: AnswerHead): void {
  const link = earlyLinks(head)
  // An HTTP/2 stream may be destroyed before `close` is emitted.
  if (link.length > 0 && !response.destroyed) response.writeEarlyHints({ link: [...link] })
}

function begin(state: ExchangeState, call: UpstreamCall): void {
  // The client disconnected while the upstream connection was opened.
  if (state.isOver) {
    call.abort()
    return
  }
  state.call = call
  if (state.sender) state.sender.start(call)
  else {
    call.finish([])
    awaitUpstream(state)
  }
}

function passOn(state: ExchangeState, chunk: Buffer): void {
  const isTaken = state.writer.write(chunk)
  if (!isTaken) fail(state, new Error('the answer is longer than it announced'))
}

/** Reads no more of the answer until the client has read what was written. */
function awaitClient(state: ExchangeState): void {
  if (state.isOver) return
  state.call?.pause()
  state.timeLimit.start(during(state, () => abandon(state)))
}

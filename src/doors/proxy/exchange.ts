/**
 * One allowed request on its way to the upstream and the answer on its way back, neither of them gathered.
 * The only way up: bodies, trailers, upgrades and early answers are cases of it.
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
import { createAnswerWriter } from './answer-writer.ts'
import { type BodySender, type ClientBody, createBodySender } from './body-sender.ts'
import { createClock } from './clock.ts'
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

/** The client's side. */
export interface ExchangeClient {
  readonly response: ServerResponse
  readonly body: ClientBody | undefined
  /** The connection, where the client asks for another protocol on it. */
  readonly upgrade: ClientUpgrade | undefined
  /** HTTP/1.0 has no interim answers. */
  readonly takesInterim: boolean
}

export interface ExchangeOptions extends EndEvents {
  readonly open: OpenUpstream
  /** The longest wait for the upstream or the client to go on, in milliseconds. */
  readonly writeTimeout: number
  /** Called before the request becomes a tunnel; false: there are too many. */
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
    writer: createAnswerWriter(response, options.onBug),
    clock: createClock(options.writeTimeout),
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
      state.clock.stop()
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
      if (!state.isAnswered) state.clock.stop()
    },
    onTooLong: () => fail(state, new Error(`the body is longer than ${body.most} bytes`), 413),
    onClientGone: () => abandon(state),
    onBug: bug => broke(state, bug),
  })

/** Once it has answered, an upstream may take its time with the rest of the answer. */
function awaitUpstream(state: ExchangeState): void {
  const late = during(state, () => fail(state, timedOut('no answer in time')))
  if (!state.isAnswered) state.clock.start(late)
}

/** More interim answers than this are no answer. */
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
    state.clock.stop()
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
    state.writer.end(checkTrailers(trailers))
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
  // A stream of HTTP/2 may be gone before its end is told.
  if (link.length > 0 && !response.destroyed) response.writeEarlyHints({ link: [...link] })
}

function begin(state: ExchangeState, call: UpstreamCall): void {
  // The client went while the connection was made.
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
  const outcome = state.writer.write(chunk)
  if (outcome === 'too_long') fail(state, new Error('the answer is longer than it announced'))
  if (outcome !== 'full') return
  state.call?.pause()
  state.clock.start(during(state, () => abandon(state)))
}

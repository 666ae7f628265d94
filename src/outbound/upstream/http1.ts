/** One request over HTTP/1.1, with Node's own client. */

import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { guarded } from '../../lib/guarded.ts'
import { headerPairs } from '../../lib/header-pairs.ts'
import { isClosedByPeer } from '../closed-by-peer.ts'
import {
  connectTimeout,
  timedOut,
  type UpstreamCall,
  type UpstreamEvents,
  type UpstreamRequest,
} from './call.ts'

/** The target of a connection: the upstream, or a proxy. */
export interface Place {
  readonly secure: boolean
  readonly agent: Agent
  readonly hostname: string
  readonly port: number
  /** Prefix of the path in the request line: the origin for a proxy, otherwise empty. */
  readonly before: string
  /** Headers for the proxy; flat. */
  readonly headers: readonly string[]
  /** Largest headers of an answer, in bytes. */
  readonly headerBytes: number
}

/** Sends the request on a pooled connection, and once more on a new one if the upstream closed the first meanwhile. */
export function openHttp1(place: Place, asked: UpstreamRequest, events: UpstreamEvents): void {
  send({ place, asked, events, mayRepeat: isRepeatable(asked) })
}

/** Methods that change nothing: their requests may be sent again. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

const isRepeatable = ({ method, framing }: UpstreamRequest): boolean =>
  safe.has(method) && framing.kind === 'none'

interface Attempt {
  readonly place: Place
  readonly asked: UpstreamRequest
  readonly events: UpstreamEvents
  readonly mayRepeat: boolean
}

function send(attempt: Attempt): void {
  const { place, asked, events } = attempt
  try {
    const request = open(place, asked)
    const state: State = { request, answer: undefined, isOver: false }
    follow(state, attempt)
    events.began(callOf(state, asked))
  } catch (bug) {
    events.broke(bug)
  }
}

interface State {
  readonly request: ClientRequest
  answer: IncomingMessage | undefined
  /** True after the last event, or after `abort`. */
  isOver: boolean
}

function open(place: Place, asked: UpstreamRequest): ClientRequest {
  const ask = place.secure ? requestHttps : requestHttp
  const request = ask({
    agent: place.agent,
    hostname: place.hostname,
    port: place.port,
    method: asked.method,
    path: place.before + asked.target,
    headers: [...asked.headers, ...place.headers, ...framingHeaders(asked)] as never,
    setHost: false,
    maxHeaderSize: place.headerBytes,
  })
  // Without it Node drops headers over its default count; their bytes are limited.
  request.maxHeadersCount = 0
  return request
}

/** Requests of other methods usually have a body, so an empty one is announced with `Content-Length: 0`. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

function framingHeaders({ method, framing, upgrade }: UpstreamRequest): readonly string[] {
  if (upgrade !== undefined) return ['Connection', 'Upgrade', 'Upgrade', upgrade]
  switch (framing.kind) {
    case 'none':
      return bodiless.has(method) ? [] : ['Content-Length', '0']
    case 'length':
      return ['Content-Length', String(framing.bytes)]
    case 'chunked': {
      const { trailers } = framing
      const names = trailers.length > 0 ? ['Trailer', trailers.join(', ')] : []
      return ['Transfer-Encoding', 'chunked', ...names]
    }
  }
}

function callOf(state: State, { framing }: UpstreamRequest): UpstreamCall {
  const { request } = state
  return {
    write: chunk => request.write(chunk),
    finish: trailers => {
      if (framing.kind === 'chunked' && trailers.length > 0) {
        request.addTrailers(headerPairs(trailers) as never)
      }
      request.end()
    },
    pause: () => void state.answer?.pause(),
    resume: () => void state.answer?.resume(),
    abort: () => {
      state.isOver = true
      request.destroy()
    },
  }
}

const headOf = ({ statusCode = 0, rawHeaders }: IncomingMessage) => ({
  status: statusCode,
  headers: rawHeaders,
})

function follow(state: State, attempt: Attempt): void {
  const { request } = state
  const { events, place } = attempt
  /** Wraps the callback of an event: it does not run after the last event. */
  const on = <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
    guarded(
      (...args: Args) => {
        if (!state.isOver) run(...args)
      },
      bug => {
        finish(state)
        events.broke(bug)
      },
    )
  const fail = on((error: NodeJS.ErrnoException) => {
    // An error after a complete answer does not matter: `end` still follows.
    if (state.answer?.complete) return
    finish(state)
    if (attempt.mayRepeat && isStale(state, error)) send({ ...attempt, mayRepeat: false })
    else events.failed(error)
  })
  request.once(
    'socket',
    on((socket: Socket) => limitConnecting(request, socket, place.secure)),
  )
  request.on('drain', on(events.drained))
  request.on(
    'information',
    on(({ statusCode, rawHeaders }: IncomingMessage) => {
      events.interim({ status: statusCode ?? 0, headers: rawHeaders })
    }),
  )
  request.once(
    'response',
    on((answer: IncomingMessage) => {
      state.answer = answer
      // Also needed after `abort`: an error without a listener would end the process.
      answer.on('error', fail)
      answer.on('data', on(events.data))
      answer.once(
        'end',
        on(() => {
          state.isOver = true
          events.ended(answer.rawTrailers)
        }),
      )
      events.answered(headOf(answer))
    }),
  )
  request.once(
    'upgrade',
    guarded(
      (answer: IncomingMessage, socket: Duplex, rest: Buffer) => {
        if (state.isOver) return void socket.destroy()
        state.isOver = true
        events.switched(headOf(answer), socket, rest)
      },
      bug => {
        request.destroy()
        events.broke(bug)
      },
    ),
  )
  request.on('error', fail)
  request.once('close', () =>
    fail(new Error('the connection was closed before the answer was complete')),
  )
}

function finish(state: State): void {
  state.isOver = true
  state.request.destroy()
}

/** True when the upstream closed a pooled connection before it answered. */
const isStale = ({ request, answer }: State, error: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && answer === undefined && isClosedByPeer(error)

function limitConnecting(request: ClientRequest, socket: Socket, secure: boolean): void {
  if (request.reusedSocket) return
  const timer = setTimeout(() => request.destroy(timedOut('no connection in time')), connectTimeout)
  const end = (): void => clearTimeout(timer)
  socket.once(secure ? 'secureConnect' : 'connect', end)
  request.once('close', end)
}

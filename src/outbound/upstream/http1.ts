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
import {
  connectTimeout,
  timedOut,
  type UpstreamCall,
  type UpstreamEvents,
  type UpstreamRequest,
} from './call.ts'

/** Where the connection leads: the upstream itself, or a proxy that is asked for it. */
export interface Place {
  readonly secure: boolean
  readonly agent: Agent
  readonly hostname: string
  readonly port: number
  /** What stands before the path in the request line: the origin where a proxy is asked; else empty. */
  readonly before: string
  /** Headers for the proxy; flat. */
  readonly headers: readonly string[]
  /** Most bytes of an answer's headers. */
  readonly headerBytes: number
}

/** Sends it on a connection of the pool. A connection that the upstream closed meanwhile is replaced once. */
export function openHttp1(place: Place, asked: UpstreamRequest, events: UpstreamEvents): void {
  send({ place, asked, events, mayRepeat: isRepeatable(asked) })
}

/** Methods that change nothing: such a request may be sent once more. */
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
  /** The last event was reported, or nobody wants one any more. */
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
  // Beyond its default count Node would leave headers out; their bytes are bounded.
  request.maxHeadersCount = 0
  return request
}

/** Methods whose requests have a body, so that the absence of one is said. */
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
  /** The callback for an event; none runs after the last one. */
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
    // What goes wrong behind a complete answer is not a part of it: its end is still to come.
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
      // Also when nobody wants it any more: an error without a listener would end the process.
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

/** A connection of the pool was closed by the upstream before it could answer. */
const isStale = ({ request, answer }: State, { code }: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && answer === undefined && (code === 'ECONNRESET' || code === 'EPIPE')

function limitConnecting(request: ClientRequest, socket: Socket, secure: boolean): void {
  if (request.reusedSocket) return
  const timer = setTimeout(() => request.destroy(timedOut('no connection in time')), connectTimeout)
  const end = (): void => clearTimeout(timer)
  socket.once(secure ? 'secureConnect' : 'connect', end)
  request.once('close', end)
}

/** One request over HTTP/2. undici's own HTTP/2 client loses trailers: docs/decisions/0012-one-way-up.md. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { guarded, type OnBug } from '../../lib/guarded.ts'
import { http2Headers } from '../../lib/http2-headers.ts'
import type { AnswerHead, UpstreamCall, UpstreamEvents, UpstreamRequest } from './call.ts'
import { checkAlive, countStream } from './sessions.ts'

export function openHttp2(
  session: ClientHttp2Session,
  asked: UpstreamRequest,
  events: UpstreamEvents,
): void {
  try {
    const { framing } = asked
    const stream = session.request(headersFor(asked), {
      endStream: framing.kind === 'none',
      waitForTrailers: framing.kind === 'chunked',
    })
    countStream(session, 1)
    stream.once('close', () => countStream(session, -1))
    const state: State = {
      stream,
      answered: false,
      isWhole: false,
      ended: false,
      isCutShort: false,
      trailers: [],
      isOver: false,
    }
    noteEnd(state)
    const broke = (bug: unknown): void => {
      state.isOver = true
      stream.close(constants.NGHTTP2_CANCEL)
      events.broke(bug)
    }
    follow(state, events, broke)
    events.began(callOf(state, broke))
  } catch (bug) {
    events.broke(bug)
  }
}

interface State {
  readonly stream: ClientHttp2Stream
  answered: boolean
  /** The upstream ended the stream, with END_STREAM. */
  isWhole: boolean
  ended: boolean
  /** The rest of the request was not sent, because the answer was complete. */
  isCutShort: boolean
  trailers: readonly string[]
  /** True after the last event, or after `abort`. */
  isOver: boolean
  error?: NodeJS.ErrnoException
}

function headersFor({ method, target, headers, framing }: UpstreamRequest): OutgoingHttpHeaders {
  const lines = http2Headers(headers)
  const { host, ...others } = lines
  return Object.assign(Object.create(null), {
    ':method': method,
    ':path': target,
    ...(host !== undefined && { ':authority': host }),
    ...others,
    ...(framing.kind === 'length' && { 'content-length': String(framing.bytes) }),
    ...(framing.kind === 'chunked' &&
      framing.trailers.length > 0 && { trailer: framing.trailers.join(', ') }),
  })
}

function callOf(state: State, broke: OnBug): UpstreamCall {
  const { stream } = state
  return {
    write: chunk => stream.write(chunk),
    finish: trailers => {
      const send = (): void => {
        if (!stream.destroyed) stream.sendTrailers(http2Headers(trailers))
      }
      stream.once('wantTrailers', guarded(send, broke))
      stream.end()
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    abort: () => {
      state.isOver = true
      if (!state.answered && stream.session) checkAlive(stream.session as ClientHttp2Session)
      stream.close(constants.NGHTTP2_CANCEL)
    },
  }
}

function follow(state: State, events: UpstreamEvents, broke: OnBug): void {
  const { stream } = state
  const on = <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
    guarded((...args: Args) => {
      if (!state.isOver) run(...args)
    }, broke)
  stream.on('drain', on(events.drained))
  stream.on(
    'headers',
    on((headers: IncomingHttpHeaders) => events.interim(headOf(headers))),
  )
  stream.once(
    'response',
    on((headers: IncomingHttpHeaders) => {
      state.answered = true
      events.answered(headOf(headers))
    }),
  )
  stream.on('data', on(events.data))
  stream.once(
    'trailers',
    on((trailers: IncomingHttpHeaders) => {
      state.trailers = flatOf(trailers)
    }),
  )
  stream.once(
    'end',
    on(() => {
      state.ended = true
      if (stream.writableFinished || stream.closed) return
      // The answer is complete before the whole body was sent: the rest is not needed. Not with NO_ERROR: for what it
      // would do see lib/close-answered-stream.ts.
      state.isCutShort = true
      stream.close(constants.NGHTTP2_CANCEL)
    }),
  )
  stream.on('error', error => {
    state.error ??= error
  })
  stream.once(
    'close',
    on(() => finish(state, events)),
  )
}

/**
 * Node also ends the readable side for a reset with NO_ERROR. It has closed the stream before that; an end of the
 * upstream comes while the stream is open.
 */
function noteEnd(state: State): void {
  const { stream } = state
  const push = stream.push.bind(stream)
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) state.isWhole = true
    return push(chunk, encoding)
  }
}

/** Called when body and trailers were received. */
function finish(state: State, events: UpstreamEvents): void {
  const { stream, answered, ended, isWhole, isCutShort, trailers, error } = state
  state.isOver = true
  const isReset = stream.rstCode !== constants.NGHTTP2_NO_ERROR && !isCutShort
  const isComplete = answered && ended && isWhole && !isReset
  if (isComplete && error === undefined) events.ended(trailers)
  else events.failed(error ?? new Error('the stream was closed before the answer was complete'))
}

const headOf = (headers: IncomingHttpHeaders): AnswerHead => ({
  status: Number(headers[':status']),
  headers: flatOf(headers),
})

/** Without pseudo headers. */
function flatOf(headers: IncomingHttpHeaders): readonly string[] {
  const flat: string[] = []
  for (const name of Object.keys(headers)) {
    if (name.startsWith(':')) continue
    for (const value of [headers[name] ?? ''].flat()) flat.push(name, value)
  }
  return flat
}

import type { SecureContext } from 'node:tls'
import { bytesOf } from '../../lib/bytes.ts'
import type { Signal } from '../../lib/signal.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { Http, HttpCall, HttpReply } from './call.ts'
import { createDeadline } from './deadline.ts'
import { createDispatcher, type ProxySettings } from './dispatcher.ts'
import { type Answer, type Exchange, type ExchangeOptions, exchangeOnce } from './exchange.ts'
import { createGate } from './gate.ts'
import { followRedirect } from './redirect.ts'
import { placeOf } from './shown-url.ts'
import { toExchange } from './to-exchange.ts'

export interface HttpOptions {
  /** The longest one call may take, redirects and waiting in line included, in milliseconds. */
  readonly timeout: number
  /** Calls to one origin at once; eight times as many may wait, more are refused. */
  readonly concurrent: number
  /** The largest answer, in bytes. */
  readonly bytes: number
  readonly proxy?: ProxySettings
  /** Whom calls over TLS trust, and who they are; without it Node's own authorities, and nobody. */
  readonly tls?: () => SecureContext
}

const waitingPerPlace = 8

/** The outbound client on undici's pools. */
export function createHttp(options: HttpOptions): Http {
  const { timeout, concurrent } = options
  const dispatcher = createDispatcher({
    connections: concurrent,
    proxy: options.proxy,
    tls: options.tls,
  })
  const gate = createGate({ concurrent, waiting: concurrent * waitingPerPlace })

  async function inTurn(first: Exchange, call: HttpCall, signal: Signal) {
    const { origin } = first.url
    if (!(await gate.enter(origin, signal))) return refused(signal)
    const bytes = call.bytes ?? options.bytes
    try {
      return await exchange(first, call.redirects ?? 0, { dispatcher, signal, bytes })
    } catch (error) {
      return signal.aborted ? tooSlow(error) : broken(`no answer: ${causeText(error)}`, error)
    } finally {
      gate.leave(origin)
    }
  }

  async function attempt(first: Exchange, call: HttpCall): Promise<HttpReply | Failure> {
    const deadline = createDeadline(call.timeout ?? timeout, call.signal)
    try {
      return await inTurn(first, call, deadline.signal)
    } finally {
      deadline.end()
    }
  }

  return {
    send: async call => {
      const first = toExchange(call)
      if (first === undefined) return broken('not an http or https URL')
      const outcome = await attempt(first, call)
      return outcome.kind === 'failure' ? withPlace(call, outcome) : outcome
    },
    close: () => dispatcher.destroy(),
  }
}

async function exchange(
  first: Exchange,
  redirects: number,
  options: ExchangeOptions,
): Promise<HttpReply | Failure> {
  let current = first
  for (let left = redirects; ; left--) {
    const answer = await exchangeWithRetry(current, options)
    const next = followRedirect(current, answer.status, answer.headers.get('Location')?.[0])
    if (left === 0 || next === undefined) return toReply(answer, options.bytes)
    current = next
  }
}

interface NetworkError {
  readonly code?: string
  readonly socket?: { readonly bytesRead?: number }
}

/** A connection that had answered before was closed by the other side. */
function wasPooled({ code, socket }: NetworkError): boolean {
  if (code === 'UND_ERR_SOCKET') return (socket?.bytesRead ?? 0) > 0
  return code === 'ECONNRESET' || code === 'EPIPE'
}

/** A pooled connection may be closed by the other side just when it is used again: a call that changes nothing is sent once more. */
async function exchangeWithRetry(exchange: Exchange, options: ExchangeOptions): Promise<Answer> {
  try {
    return await exchangeOnce(exchange, options)
  } catch (error) {
    const again = exchange.method === 'GET' && wasPooled(error as NetworkError)
    if (!again || options.signal.aborted) throw error
    return exchangeOnce(exchange, options)
  }
}

const toReply = ({ status, headers, body }: Answer, bytes: number): HttpReply | Failure =>
  body === undefined
    ? broken(`the answer is longer than ${bytes} bytes`)
    : { kind: 'http_reply', status, headers, body }

/** The reason begins with what was asked. */
function withPlace(call: HttpCall, { code, info, cause }: Failure): Failure {
  const reason = `${placeOf(call)}${info.reason ?? info.message}`
  return failure(code, { ...info, reason }, cause)
}

/** Attempts at several addresses of a name have a message each, and none together. */
function causeText(error: unknown): string {
  const { message, code, name } = error as NodeJS.ErrnoException
  return bytesOf(message || code || name || String(error))
}

const message = 'The call to another service failed'

const broken = (reason: string, cause?: unknown): Failure =>
  failure('bad_gateway', { message, reason }, cause)

const tooSlow = (cause?: unknown): Failure =>
  failure('gateway_timeout', { message, reason: 'no answer in time' }, cause)

const refused = (signal: Signal): Failure =>
  signal.aborted ? tooSlow() : broken('too many calls are waiting for this service')

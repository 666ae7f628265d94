import type { SecureContext } from 'node:tls'
import { abortAfter } from '../../lib/abort-after.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { loadOnce } from '../../lib/load-once.ts'
import { isOffline } from '../../lib/reach.ts'
import { LightSignal, type Signal } from '../../lib/signal.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { isClosedByPeer } from '../closed-by-peer.ts'
import type { Http, HttpCall, HttpReply } from './call.ts'
import { createCallQueue } from './call-queue.ts'
import type { ProxySettings } from './dispatcher.ts'
import { type Answer, type Exchange, type ExchangeOptions, exchangeOnce } from './exchange.ts'
import { followRedirect } from './redirect.ts'
import { placeOf } from './shown-url.ts'
import { toExchange } from './to-exchange.ts'

export interface HttpOptions {
  /** Time limit of one call in milliseconds, including redirects and the wait in the queue. */
  readonly timeout: number
  /** Maximum of concurrent calls to one origin. Eight times as many may wait, further ones fail. */
  readonly concurrent: number
  /** Largest answer, in bytes. */
  readonly bytes: number
  readonly proxy?: ProxySettings
  /** Trusted CAs and client certificate for TLS; default: Node's CAs, no client certificate. */
  readonly tls?: () => SecureContext
}

const waitingPerConnection = 8

export interface PreparedHttp extends Http {
  /** Loads undici now. Rejects when the URL of a proxy is not valid. */
  readonly prepare: () => Promise<void>
}

/** The outbound client on undici's pools. undici is loaded for the first call: it costs 70 ms and 19 MB. */
export function createHttp(options: HttpOptions): PreparedHttp {
  const { timeout, concurrent } = options
  let used = false
  const load = loadOnce(async () => {
    used = true
    const { createDispatcher } = await import('./dispatcher.ts')
    return createDispatcher({ connections: concurrent, proxy: options.proxy, tls: options.tls })
  })
  const queue = createCallQueue({ concurrent, waiting: concurrent * waitingPerConnection })

  async function inTurn(first: Exchange, call: HttpCall, signal: Signal) {
    const { origin } = first.url
    if (!(await queue.enter(origin, signal))) return notAdmitted(signal)
    const bytes = call.bytes ?? options.bytes
    try {
      const { dispatcher } = await load()
      return await exchange(first, call.redirects ?? 0, { dispatcher, signal, bytes })
    } catch (error) {
      return signal.aborted ? tooSlow(error) : broken(`no answer: ${causeText(error)}`, error)
    } finally {
      queue.leave(origin)
    }
  }

  async function attempt(first: Exchange, call: HttpCall): Promise<HttpReply | Failure> {
    const signal = new LightSignal()
    const end = abortAfter(call.timeout ?? timeout, call.signal, () => signal.abort())
    try {
      return await inTurn(first, call, signal)
    } finally {
      end()
    }
  }

  return {
    send: async call => {
      if (isOffline()) return withPlace(call, broken('this command calls no other machine'))
      const first = toExchange(call)
      if (first === undefined) return broken('not an http or https URL')
      const outcome = await attempt(first, call)
      return outcome.kind === 'failure' ? withPlace(call, outcome) : outcome
    },
    prepare: async () => {
      if (!isOffline()) await load()
    },
    close: async () => {
      if (used) await (await load()).destroy()
    },
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

interface NetworkError extends NodeJS.ErrnoException {
  readonly socket?: { readonly bytesRead?: number }
}

/** True when the other side closed a pooled connection, which had answered before. */
function wasPooled(error: NetworkError): boolean {
  if (error.code === 'UND_ERR_SOCKET') return (error.socket?.bytesRead ?? 0) > 0
  return isClosedByPeer(error)
}

/** Sends a GET once more when the other side closed the pooled connection at the moment it was used again. */
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

/** Puts the method and the URL of the call before the reason. */
function withPlace(call: HttpCall, { code, info, cause }: Failure): Failure {
  const reason = `${placeOf(call)}${info.reason ?? info.message}`
  return failure(code, { ...info, reason }, cause)
}

/** The error of a connection to several addresses of a name has no message of its own, only a code. */
function causeText(error: unknown): string {
  const { message, code, name } = error as NodeJS.ErrnoException
  return bytesOf(message || code || name || String(error))
}

const message = 'The call to another service failed'

const broken = (reason: string, cause?: unknown): Failure =>
  failure('bad_gateway', { message, reason }, cause)

const tooSlow = (cause?: unknown): Failure =>
  failure('gateway_timeout', { message, reason: 'no answer in time' }, cause)

const notAdmitted = (signal: Signal): Failure =>
  signal.aborted ? tooSlow() : broken('too many calls are waiting for this service')

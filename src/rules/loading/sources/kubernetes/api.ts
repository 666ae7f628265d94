/** Calls to the API server, with streamed answers and a time limit. Failures are returned as values. */
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import { isJsonObject, type JsonValue, tryJson } from '../../../../lib/json.ts'
import { gather } from '../gather.ts'
import { lazily, type Sdk } from '../sdk.ts'
import { type Connection, connect } from './connect.ts'
import type { KubernetesPlace } from './place.ts'

export interface ApiCall {
  readonly method: 'GET' | 'PATCH'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** A merge patch. */
  readonly body?: JsonValue
  /** The CustomResourceDefinition that makes the path. */
  readonly definition: string
  readonly signal: AbortSignal
}

/** `passing`: a retry may succeed. */
export interface Failed {
  readonly kind: 'failed'
  readonly status: number | undefined
  readonly message: string
  readonly passing: boolean
}

export interface Opened {
  readonly kind: 'opened'
  /** Must be read or destroyed. */
  readonly body: IncomingMessage
}

export interface Api {
  /** Never rejects. Any status but 200 is a failure. */
  send(call: ApiCall): Promise<Opened | Failed>
}

export function createApi(place: KubernetesPlace): Api {
  let connected = lazily(() => connect(place))
  return {
    send: async call => {
      const outcome = await sendOver(connected, call)
      // Certificates and tokens of a kubeconfig may have been renewed.
      if (outcome.kind === 'failed') connected = lazily(() => connect(place))
      return outcome
    },
  }
}

export const failed = (message: string, passing = true): Failed => ({
  kind: 'failed',
  status: undefined,
  message,
  passing,
})

async function sendOver(
  connected: () => Promise<Sdk<Connection>>,
  call: ApiCall,
): Promise<Opened | Failed> {
  const found = await connected()
  if (found.kind === 'unavailable') return failed(found.message, false)
  const options = await found.sdk.options().catch(() => undefined)
  if (options === undefined) return failed('the credentials could not be obtained')
  try {
    const response = await exchange(urlOf(found.sdk.server, call), options, call)
    return response.statusCode === 200
      ? { kind: 'opened', body: response }
      : await refusalOf(response, call)
  } catch (error) {
    return failed(reasonOf(error, call.signal))
  }
}

function urlOf(server: URL, { path, query = {} }: ApiCall): URL {
  const url = new URL(server)
  url.pathname = `${server.pathname.replace(/\/+$/, '')}${path}`
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/** Detects dead connections while no data is sent. */
const probeAfter = 15_000

function exchange(
  url: URL,
  options: RequestOptions,
  { method, body, signal }: ApiCall,
): Promise<IncomingMessage> {
  const request = url.protocol === 'http:' ? plainRequest : tlsRequest
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = {
    ...(options.headers as Record<string, string> | undefined),
    accept: 'application/json',
    'user-agent': 'oarlock',
    ...(payload && {
      'content-type': 'application/merge-patch+json',
      'content-length': payload.length,
    }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method, headers, signal }, resolve)
    sent.on('error', reject)
    sent.on('socket', socket => socket.setKeepAlive(true, probeAfter))
    sent.end(payload)
  })
}

const hintOf = ({ method, definition }: ApiCall): string =>
  method === 'GET'
    ? `; is the definition ${definition} installed?`
    : '; does the definition have the status subresource?'

const longestReason = 300

async function refusalOf(response: IncomingMessage, call: ApiCall): Promise<Failed> {
  const { statusCode: status = 0 } = response
  const body = await gather(response, call.signal)
  const said = tryJson(body?.toString() ?? '', JSON.parse)
  const message = isJsonObject(said) ? said['message'] : undefined
  const detail = typeof message === 'string' ? `: ${firstLine(message)}` : ''
  return {
    kind: 'failed',
    status,
    message: `answered with ${status}${detail}${status === 404 ? hintOf(call) : ''}`,
    // Unlike with other services, a retry also follows a 501.
    passing: status === 429 || status >= 500,
  }
}

export const firstLine = (text: string): string =>
  (text.split('\n')[0] ?? '').slice(0, longestReason)

export function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer in time'
  const { message, code } = error as NodeJS.ErrnoException
  return firstLine(message || code || 'the connection broke')
}

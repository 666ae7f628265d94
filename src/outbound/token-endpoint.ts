/** Gets a token from an OAuth 2.0 token endpoint (RFC 6749 §4.4). */
import { isJsonObject, type JsonValue, tryJson } from '../lib/json.ts'
import { escapeQuery, readQuery, writeQuery } from '../lib/query.ts'
import type { Signal } from '../lib/signal.ts'
import type { Failure } from '../model/failure.ts'
import type { Http, HttpCall, HttpReply } from './http/call.ts'

export interface TokenRequest {
  readonly url: string
  readonly client: string
  readonly secret: string
  /** How the client authenticates; default: Basic. */
  readonly style?: 'basic' | 'body'
  readonly parameters: readonly (readonly [name: string, value: string])[]
  readonly signal?: Signal
  /** The trace of the request, if the token is for a single request. */
  readonly trace?: HttpCall['trace']
}

export type TokenOutcome =
  | { readonly kind: 'token'; readonly token: string; readonly expiresIn: number | undefined }
  /** The status is not a success, or the answer has `error`. */
  | { readonly kind: 'refused'; readonly reply: HttpReply; readonly error: string | undefined }
  /** A success without a token. */
  | { readonly kind: 'malformed' }
  | Failure

const grant = ['grant_type', 'client_credentials'] as const
const form = 'application/x-www-form-urlencoded'

export async function fetchToken(http: Http, request: TokenRequest): Promise<TokenOutcome> {
  const reply = await http.send(toCall(request))
  if (reply.kind === 'failure') return reply
  const answer = fieldsOf(reply)
  const error = textOf(answer?.['error'])
  const isSuccess = reply.status >= 200 && reply.status < 300
  if (!isSuccess || error !== undefined) return { kind: 'refused', reply, error }
  const token = textOf(answer?.['access_token'])
  if (token === undefined) return { kind: 'malformed' }
  return { kind: 'token', token, expiresIn: secondsOf(answer?.['expires_in']) }
}

function toCall({ url, client, secret, style, parameters, signal, trace }: TokenRequest): HttpCall {
  const own = [
    ['client_id', client],
    ['client_secret', secret],
  ] as const
  const pair = `${escapeQuery(client)}:${escapeQuery(secret)}`
  const basic = { Authorization: `Basic ${Buffer.from(pair, 'latin1').toString('base64')}` }
  const inBody = style === 'body'
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': form, ...(inBody ? {} : basic) },
    body: writeQuery([grant, ...parameters, ...(inBody ? own : [])]),
    redirects: 3,
    ...(signal === undefined ? {} : { signal }),
    ...(trace === undefined ? {} : { trace }),
  }
}

type Fields = Readonly<Record<string, JsonValue>>

/** Some servers answer with a form instead of JSON. */
function fieldsOf({ headers, body }: HttpReply): Fields | undefined {
  const [type = ''] = headers.get('Content-Type') ?? []
  const text = body.toString('latin1')
  if (/^(?:application\/x-www-form-urlencoded|text\/plain)\s*(?:;|$)/i.test(type)) {
    return Object.fromEntries(readQuery(text).toReversed())
  }
  const parsed = tryJson(text)
  return isJsonObject(parsed) ? parsed : undefined
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function secondsOf(value: JsonValue | undefined): number | undefined {
  const seconds = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0
    ? seconds
    : undefined
}

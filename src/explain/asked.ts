/** A request that somebody asks about: what a client sends, before any door has read it. Byte strings. */
import { bytesOf } from '../lib/bytes.ts'
import { isHeaderName, isHeaderValue, trimBlanks } from '../lib/header-name.ts'

export interface AskedRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** As the client writes it, with its port. */
  readonly host: string
  /** Path and query as the client writes them; begins with a slash. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | undefined
  /** The address of the client. */
  readonly address: string
  /** Envoy's context_extensions of the route. */
  readonly context: Readonly<Record<string, string>>
}

export interface WrittenRequest {
  readonly method: string
  readonly url: string
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
  readonly body?: Buffer | undefined
  readonly address?: string | undefined
  readonly context?: Readonly<Record<string, string>> | undefined
}

const absolute = /^(https?):\/\/([^/?#]*)([^#]*)/i

/** Reads a request as it is written in JavaScript text; a text says what is wrong with it. */
export function askedRequest(written: WrittenRequest): AskedRequest | string {
  const { method, url, headers = [], body, address = '127.0.0.1', context = {} } = written
  const [, scheme, host = '', rest = ''] = absolute.exec(url) ?? []
  if (scheme === undefined) {
    return `found the URL ${JSON.stringify(url)}, expected one such as https://shop.example/orders`
  }
  if (host.includes('@')) return 'found a URL with a user, expected one without'
  if (!isHeaderName(method)) {
    return `found the method ${JSON.stringify(method)}, expected one such as GET`
  }
  const pairs = headers.map(([name, value]) => [bytesOf(name), trimBlanks(bytesOf(value))] as const)
  const wrong = pairs.find(([name, value]) => !isHeaderName(name) || !isHeaderValue(value))
  if (wrong !== undefined) {
    return `found the header ${JSON.stringify(wrong[0])}, expected "Name: value" without control characters`
  }
  return {
    method: bytesOf(method),
    scheme: scheme.toLowerCase() as 'http' | 'https',
    host: bytesOf(host),
    target: bytesOf(rest.startsWith('/') ? rest : `/${rest}`),
    headers: pairs,
    body,
    address,
    context,
  }
}

/** The headers that describe the body, as a client sends them. */
export const withLength = ({ headers, body }: AskedRequest): AskedRequest['headers'] =>
  body === undefined || headers.some(([name]) => framing.has(name.toLowerCase()))
    ? headers
    : [...headers, ['Content-Length', String(body.length)]]

const framing = new Set(['content-length', 'transfer-encoding'])

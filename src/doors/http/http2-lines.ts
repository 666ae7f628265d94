/** The headers of an HTTP/2 request in the form of HTTP/1, which the doors read. */
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { filterHeaders } from '../../lib/header-pairs.ts'

/**
 * Tested by members of its class, not by its version: the version of HTTP/1 is text of the client. An application may
 * have set one of them on a request of HTTP/1.
 */
export const isHttp2 = (incoming: IncomingMessage): boolean =>
  'stream' in incoming && 'authority' in incoming

/** `:authority` as Host, Cookie fields joined into one line, no pseudo headers. Flat. */
export function flatHeaders(incoming: Http2ServerRequest): readonly string[] {
  const { rawHeaders, authority, headers, stream } = incoming
  const others = filterHeaders(rawHeaders, (name, value) => !isReplaced(name, value, incoming))
  const flat = authority ? ['host', authority, ...others] : others
  if (headers.cookie !== undefined) flat.push('cookie', headers.cookie)
  // The form in which HTTP/1 announces a body of unknown length.
  const isOpen = headers['content-length'] === undefined && !stream.endAfterHeaders
  if (isOpen) flat.push('transfer-encoding', 'chunked')
  return flat
}

/** Pseudo headers, Cookie, and a Host that repeats `:authority`; a different Host stays as a second one. */
function isReplaced(written: string, value: string, { authority }: Http2ServerRequest): boolean {
  const name = written.toLowerCase()
  return name.startsWith(':') || name === 'cookie' || (name === 'host' && value === authority)
}

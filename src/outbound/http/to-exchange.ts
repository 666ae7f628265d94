import type { HttpCall, OutboundHeaders } from './call.ts'
import type { Exchange } from './exchange.ts'
import { traceHeaders } from './trace-context.ts'

/** undefined: the URL is none that can be called. */
export function toExchange(call: HttpCall): Exchange | undefined {
  const { method, url: text, headers = {}, body, trace } = call
  const url = urlOf(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined
  const given = namesOf(headers)
  const unpacks = !given.has('accept-encoding')
  return {
    method,
    url,
    headers: withOurs({ headers, given, url, trace, unpacks }),
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    unpacks,
  }
}

/** Nearly all are: parsing once and catching is half of asking first. */
function urlOf(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function namesOf(headers: OutboundHeaders): ReadonlySet<string> {
  const names = new Set<string>()
  for (const name in headers) names.add(name.toLowerCase())
  return names
}

interface Given {
  readonly headers: OutboundHeaders
  readonly given: ReadonlySet<string>
  readonly url: URL
  readonly trace: HttpCall['trace']
  readonly unpacks: boolean
}

/** Those of the call win. */
function withOurs({ headers, given, url, trace, unpacks }: Given): OutboundHeaders {
  const ours = {
    ...(unpacks ? acceptsGzip : undefined),
    ...(given.has('authorization') ? undefined : credentialsOf(url)),
    ...(given.has('traceparent') || given.has('tracestate') ? undefined : traceHeaders(trace)),
  }
  return { ...headers, ...ours }
}

/** Who asks for another coding gets the bytes as they come. */
const acceptsGzip = { 'accept-encoding': 'gzip' }

function credentialsOf({ username, password }: URL): OutboundHeaders | undefined {
  if (!username && !password) return undefined
  const pair = `${decoded(username)}:${decoded(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

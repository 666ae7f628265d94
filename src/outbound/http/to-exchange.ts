import type { HttpCall, OutboundHeaders } from './call.ts'
import type { Exchange } from './exchange.ts'
import { traceHeaders } from './trace-context.ts'

/** undefined: the URL is none that can be called. */
export function toExchange(call: HttpCall): Exchange | undefined {
  const { method, url: text, headers = {}, body, trace } = call
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined
  const given = new Set(Object.keys(headers).map(name => name.toLowerCase()))
  const ours = { ...acceptsGzip, ...credentialsOf(url), ...traceHeaders(trace) }
  const added = Object.entries(ours).filter(([name]) => !given.has(name))
  return {
    method,
    url,
    headers: { ...headers, ...Object.fromEntries(added) },
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    unpacks: !given.has('accept-encoding'),
  }
}

/** Who asks for another coding gets the bytes as they come. */
const acceptsGzip = { 'accept-encoding': 'gzip' }

function credentialsOf({ username, password }: URL): OutboundHeaders {
  if (!username && !password) return {}
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

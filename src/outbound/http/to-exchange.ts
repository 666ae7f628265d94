import type { HttpCall, OutboundHeaders } from './call.ts'
import type { Exchange } from './exchange.ts'

/** undefined: the URL is none that can be called. */
export function toExchange({
  method,
  url: text,
  headers = {},
  body,
}: HttpCall): Exchange | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined
  return {
    method,
    url,
    headers: withCredentials(url, headers),
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  }
}

function withCredentials({ username, password }: URL, headers: OutboundHeaders): OutboundHeaders {
  const own = Object.keys(headers).some(name => name.toLowerCase() === 'authorization')
  if (own || (!username && !password)) return headers
  const pair = `${decoded(username)}:${decoded(password)}`
  return { ...headers, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

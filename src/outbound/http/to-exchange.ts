import { filterHeaders, forEachHeader } from '../../lib/header-pairs.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { carriedBy } from '../../observability/carried.ts'
import type { HttpCall, OutboundHeaders } from './call.ts'
import type { Exchange } from './exchange.ts'
import { traceHeaders } from './trace-context.ts'

/** undefined: the URL is not http or https, or not valid. */
export function toExchange(call: HttpCall): Exchange | undefined {
  const { method, url: text, headers = {}, passed, body, trace } = call
  const url = urlOf(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined
  const own = trace && carriedBy(trace)?.headers
  const list = own ? replacing(own, listed(headers, passed)) : listed(headers, passed)
  const given = reservedIn(list)
  const unpacks = !given.has('accept-encoding')
  if (unpacks) list.push('accept-encoding', 'gzip')
  if (!given.has('authorization')) pushCredentials(list, url)
  if (!given.has('traceparent') && !given.has('tracestate')) pushTrace(list, trace)
  return {
    method,
    url,
    headers: list,
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    unpacks,
  }
}

/** The headers of the own trace span replace those of the request. */
function replacing(own: Readonly<Record<string, string>>, list: readonly string[]): string[] {
  const others = filterHeaders(list, name => own[name.toLowerCase()] === undefined)
  return [...Object.entries(own).flat(), ...others]
}

/** Catches the error, because `URL.canParse` first would parse each URL twice. */
function urlOf(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function listed(headers: OutboundHeaders, passed: HeaderMap | undefined): string[] {
  const list: string[] = []
  if (passed !== undefined) {
    for (const [name, values] of passed) if (!Object.hasOwn(headers, name)) push(list, name, values)
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') list.push(name, value)
    else push(list, name, value)
  }
  return list
}

function push(list: string[], name: string, values: readonly string[]): void {
  for (const value of values) list.push(name, value)
}

/** Names that are added if they are missing. */
const reserved = new Set(['accept-encoding', 'authorization', 'traceparent', 'tracestate'])
const none: ReadonlySet<string> = new Set()

function reservedIn(list: readonly string[]): ReadonlySet<string> {
  let found: Set<string> | undefined
  forEachHeader(list, name => {
    if (name.length < shortest || name.length > longest) return
    const lower = name.toLowerCase()
    if (!reserved.has(lower)) return
    found ??= new Set()
    found.add(lower)
  })
  return found ?? none
}

const shortest = 'tracestate'.length
const longest = 'accept-encoding'.length

function pushCredentials(list: string[], { username, password }: URL): void {
  if (!username && !password) return
  const pair = `${decoded(username)}:${decoded(password)}`
  list.push('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
}

function pushTrace(list: string[], trace: HttpCall['trace']): void {
  for (const [name, value] of Object.entries(traceHeaders(trace))) list.push(name, value)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

import type { HeaderMap } from '../../model/headers.ts'
import { carriedBy } from '../../observability/carried.ts'
import type { HttpCall, OutboundHeaders } from './call.ts'
import type { Exchange } from './exchange.ts'
import { traceHeaders } from './trace-context.ts'

/** undefined: the URL is none that can be called. */
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

/** A trace that we are part of goes on from us, whatever the request's own headers say. */
function replacing(own: Readonly<Record<string, string>>, list: readonly string[]): string[] {
  const kept = Object.entries(own).flat()
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] ?? ''
    if (own[name.toLowerCase()] === undefined) kept.push(name, list[at + 1] ?? '')
  }
  return kept
}

/** Nearly all are: parsing once and catching is half of asking first. */
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

/** What we would add, were it not there. */
const reserved = new Set(['accept-encoding', 'authorization', 'traceparent', 'tracestate'])
const none: ReadonlySet<string> = new Set()

function reservedIn(list: readonly string[]): ReadonlySet<string> {
  let found: Set<string> | undefined
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] ?? ''
    if (name.length < shortest || name.length > longest) continue
    const lower = name.toLowerCase()
    if (!reserved.has(lower)) continue
    found ??= new Set()
    found.add(lower)
  }
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

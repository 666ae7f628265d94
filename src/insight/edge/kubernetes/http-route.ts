/** HTTPRoute with the filter ExternalAuth of the Gateway API. */
import type { Caller, Fault, HeaderList, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, listOf, textIn, textsIn } from '../document.ts'
import { nameOf, wrongPath } from './names.ts'

/** Rules of a route with the filter, and those without it beside them. */
export function readRoute(document: Located): readonly Caller[] {
  const rules = document.get('spec', 'rules').items()
  const filters = rules.map(rule =>
    rule
      .get('filters')
      .items()
      .find(filter => textIn(filter.get('type')) === 'ExternalAuth'),
  )
  const checked = new Set(rules.filter((_, i) => filters[i] !== undefined).flatMap(backendsOf))
  const unchecked = rules
    .filter((_, i) => filters[i] === undefined)
    .map(rule => toUnchecked(rule, { hosts: textsIn(document.get('spec', 'hostnames')), checked }))
  return filters
    .filter(filter => filter !== undefined)
    .map((filter, i) => toCaller(document, filter.get('externalAuth'), i === 0 ? unchecked : []))
}

const backendsOf = (rule: Located): readonly string[] =>
  rule
    .get('backendRefs')
    .items()
    .map(one => `${textIn(one.get('name'))}:${String(one.get('port').value)}`)

interface Beside {
  readonly hosts: readonly string[]
  readonly checked: ReadonlySet<string>
}

function toUnchecked(rule: Located, { hosts, checked }: Beside): UncheckedRoute {
  const removed = rule
    .get('filters')
    .items()
    .flatMap(filter => textsIn(filter.get('requestHeaderModifier', 'remove')))
    .map(name => name.toLowerCase())
  const matches = rule.get('matches').items()
  return {
    shown: `a rule of the route without ExternalAuth`,
    at: rule.at,
    takes: (host, path) =>
      (hosts.length === 0 || host === '*' || hosts.includes(host)) &&
      (matches.length === 0 || matches.some(match => takesPath(match.get('path'), path))),
    removes: name => removed.includes(name),
    sharesUpstream: backendsOf(rule).some(backend => checked.has(backend)),
  }
}

function takesPath(match: Located, path: string): boolean {
  const value = textIn(match.get('value')) || '/'
  if (textIn(match.get('type')) === 'Exact') return path === value
  const prefix = value.replace(/\/$/, '')
  return path === prefix || path.startsWith(`${prefix}/`)
}

const noFaults: readonly Fault[] = []

function toCaller(document: Located, auth: Located, unchecked: readonly UncheckedRoute[]): Caller {
  const isHttp = textIn(auth.get('protocol')).toUpperCase() === 'HTTP'
  const own = auth.get(isHttp ? 'http' : 'grpc')
  const copied = own.get('allowedResponseHeaders')
  const body = auth.get('forwardBody')
  return {
    protocol: isHttp ? 'http' : 'grpc',
    name: nameOf(document),
    at: auth.at,
    failOpen: noFaults,
    unnormalized: noFaults,
    unchecked,
    disabled: isHttp ? wrongPath(own.get('path')) : noFaults,
    sends: sent(own.get('allowedHeaders'), isHttp),
    // An empty list is every header of the answer.
    copies: isHttp && copied.items().length > 0 ? listOf(copied) : undefined,
    bodyBytes: isSet(body) ? Number(body.get('maxSize').value) || 0 : 0,
    bodyAt: body.at,
    retries: noFaults,
  }
}

function sent(list: Located, isHttp: boolean): HeaderList | undefined {
  if (!isHttp && list.items().length === 0) return undefined
  const named = listOf(list)
  return isHttp
    ? { ...named, test: name => name === 'authorization' || name === 'host' || named.test(name) }
    : named
}

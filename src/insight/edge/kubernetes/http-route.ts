/** HTTPRoute with the filter ExternalAuth of the Gateway API. */
import type { Caller, EdgeFile, HeaderList, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, listOf, textIn, textsIn } from '../document.ts'
import { type PathRoute, takesFirst, toPathRoute, type WrittenPath } from '../path-routes.ts'
import { bodyOf, listWith, plainCaller, wrongPath } from '../settings.ts'
import { nameOf } from './resource.ts'

/** Rules of a route with the filter, and those without it beside them. */
export function readRoute(document: Located): EdgeFile {
  const rules = rulesOf(document)
  const checked = rules.filter(rule => authOf(rule) !== undefined)
  const unchecked = rules
    .filter(rule => authOf(rule) === undefined)
    .map(rule => toUnchecked(rule, { document, checked }))
  const callers = checked
    .flatMap(rule => authOf(rule) ?? [])
    .map((auth, i) => toCaller(document, auth, i === 0 ? unchecked : []))
  return { callers, notes: [] }
}

const rulesOf = (document: Located): readonly Located[] => document.get('spec', 'rules').items()

const authOf = (rule: Located): Located | undefined =>
  rule
    .get('filters')
    .items()
    .find(filter => textIn(filter.get('type')) === 'ExternalAuth')
    ?.get('externalAuth')

/** The rules of a route whose check is switched off elsewhere. */
export const uncheckedRules = (document: Located): readonly UncheckedRoute[] =>
  rulesOf(document).map(rule => ({
    ...toUnchecked(rule, { document, checked: [] }),
    shown: nameOf(document),
  }))

const backendsOf = (rule: Located): readonly string[] =>
  rule
    .get('backendRefs')
    .items()
    .map(one => `${textIn(one.get('name'))}:${String(one.get('port').value)}`)

interface Beside {
  readonly document: Located
  readonly checked: readonly Located[]
}

function toUnchecked(rule: Located, { document, checked }: Beside): UncheckedRoute {
  const removed = rule
    .get('filters')
    .items()
    .flatMap(filter => textsIn(filter.get('requestHeaderModifier', 'remove')))
    .map(name => name.toLowerCase())
  const hosts = textsIn(document.get('spec', 'hostnames'))
  const backends = new Set(checked.flatMap(backendsOf))
  return {
    shown: 'a rule of the route without ExternalAuth',
    at: rule.at,
    takes: takesFirst(
      toRoutes(rule, hosts),
      checked.flatMap(one => toRoutes(one, hosts)),
    ),
    removes: name => removed.includes(name),
    sharesUpstream: backendsOf(rule).some(backend => backends.has(backend)),
  }
}

function toRoutes(rule: Located, hosts: readonly string[]): readonly PathRoute[] {
  const matches = rule.get('matches').items()
  return matches.length === 0
    ? [toPathRoute(hosts, { isNarrow: false })]
    : matches.map(match => toPathRoute(hosts, writtenPath(match)))
}

function writtenPath(match: Located): WrittenPath {
  const text = textIn(match.get('path', 'value'))
  const isNarrow = ['method', 'headers', 'queryParams'].some(key => isSet(match.get(key)))
  switch (textIn(match.get('path', 'type'))) {
    case 'Exact':
      return { exact: text, isNarrow }
    case 'RegularExpression':
      return { expression: text, isNarrow }
    default:
      return { prefix: text, isNarrow }
  }
}

function toCaller(document: Located, auth: Located, unchecked: readonly UncheckedRoute[]): Caller {
  const isHttp = textIn(auth.get('protocol')).toUpperCase() === 'HTTP'
  const own = auth.get(isHttp ? 'http' : 'grpc')
  const copied = own.get('allowedResponseHeaders')
  return {
    ...plainCaller(nameOf(document), auth.at),
    protocol: isHttp ? 'http' : 'grpc',
    unchecked,
    disabled: isHttp ? wrongPath(own.get('path')) : [],
    sends: sent(own.get('allowedHeaders'), isHttp),
    // An empty list is every header of the answer.
    copies: isHttp && copied.items().length > 0 ? listOf(copied) : undefined,
    ...bodyOf(auth.get('forwardBody'), 'maxSize'),
  }
}

function sent(list: Located, isHttp: boolean): HeaderList | undefined {
  if (!isHttp && list.items().length === 0) return undefined
  return isHttp ? listWith(['host', 'authorization'], list) : listOf(list)
}

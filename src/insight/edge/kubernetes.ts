/** Resources of gateways: HTTPRoute with ExternalAuth, SecurityPolicy of Envoy Gateway, AuthorizationPolicy and the mesh configuration of Istio. */
import type { Caller, EdgeFile, Fault, HeaderList, UncheckedRoute } from './caller.ts'
import { isSet, type Located, listOf, millisecondsOf, textIn, textsIn } from './document.ts'
import { readMesh, uncheckedByPolicy } from './istio.ts'

/** undefined: these are no resources. */
export function readResources(documents: readonly Located[]): EdgeFile | undefined {
  const all = documents.flatMap(one =>
    one.get('items').items().length > 0 ? one.get('items').items() : [one],
  )
  const read = all.map(readResource)
  return read.every(one => one === undefined)
    ? undefined
    : {
        callers: read.flatMap(one => one?.callers ?? []),
        notes: read.flatMap(one => one?.notes ?? []),
      }
}

const ignored = new Set([
  'Gateway',
  'GatewayClass',
  'VirtualService',
  'Service',
  'Deployment',
  'ConfigMap',
  'Namespace',
  'Secret',
  'ReferenceGrant',
])

function readResource(document: Located): EdgeFile | undefined {
  if (isSet(document.get('extensionProviders'))) return readMesh(document)
  if (isSet(document.get('meshConfig', 'extensionProviders')))
    return readMesh(document.get('meshConfig'))
  const kind = textIn(document.get('kind'))
  if (kind === '' || !isSet(document.get('apiVersion'))) return undefined
  if (kind === 'HTTPRoute') return { callers: readRoute(document), notes: [] }
  if (kind === 'SecurityPolicy') return { callers: readSecurityPolicy(document), notes: [] }
  if (kind === 'AuthorizationPolicy') return uncheckedByPolicy(document)
  return {
    callers: [],
    notes: ignored.has(kind) ? [] : [`resources of the kind ${kind} are not known here`],
  }
}

const nameOf = (document: Located): string =>
  `${textIn(document.get('kind'))} ${textIn(document.get('metadata', 'name'))}`

/** Rules of a route with the filter, and those without it beside them. */
function readRoute(document: Located): readonly Caller[] {
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

export const wrongPath = (path: Located): readonly Fault[] =>
  /^\/decisions\/?$/.test(textIn(path))
    ? []
    : [
        {
          at: path.at,
          message: `the path of checks: found ${JSON.stringify(textIn(path))}, expected "/decisions": other paths of the port answer 200, which is an allow`,
        },
      ]

/** Of Envoy Gateway, which waits ten seconds by default. */
function readSecurityPolicy(document: Located): readonly Caller[] {
  const auth = document.get('spec', 'extAuth')
  if (!isSet(auth)) return []
  const http = auth.get('http')
  const isHttp = isSet(http)
  const [open, body, sends] = [
    auth.get('failOpen'),
    auth.get('bodyToExtAuth'),
    auth.get('headersToExtAuth'),
  ]
  const timeout = auth.get('timeout')
  return [
    {
      protocol: isHttp ? 'http' : 'grpc',
      name: nameOf(document),
      at: auth.at,
      failOpen:
        open.value === true
          ? [
              {
                at: open.at,
                message: 'failOpen: true lets requests pass where Oarlock does not answer',
              },
            ]
          : [],
      unnormalized: noFaults,
      unchecked: [],
      disabled: isHttp ? wrongPath(http.get('path')) : noFaults,
      timeout: {
        ms: millisecondsOf(timeout) ?? 10_000,
        at: timeout.at,
        isDefault: !isSet(timeout),
      },
      sends: isHttp || isSet(sends) ? listOf(sends) : undefined,
      copies: isHttp ? listOf(http.get('headersToBackend')) : undefined,
      bodyBytes: isSet(body) ? Number(body.get('maxRequestBytes').value) || 0 : 0,
      bodyAt: body.at,
      retries: noFaults,
    },
  ]
}

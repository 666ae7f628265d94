/** Emissary (Ambassador): the AuthService, the Module, and Mappings without a check. */
import type { Caller, EdgeFile, Fault, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { matcherOf } from '../envoy/matchers.ts'
import { exactWeight, type PathRoute, takesFirst } from '../path-routes.ts'
import { bodyOf, listWith, openFault, plainCaller, timeoutOf, wrongPath } from '../settings.ts'
import { nameOf, type Resources } from './resource.ts'

export function readAuthService(document: Located): EdgeFile {
  const spec = document.get('spec')
  const caller: Caller = {
    ...plainCaller(nameOf(document), spec.at),
    failOpen: openFault(spec.get('failure_mode_allow'), 'failure_mode_allow'),
    ...timeoutOf(spec.get('timeout_ms'), 5000),
    ...(spec.get('allow_request_body').value === true
      ? { bodyBytes: 4096, bodyAt: spec.get('allow_request_body').at }
      : bodyOf(spec.get('include_body'), 'max_bytes')),
    ...(textIn(spec.get('proto')) === 'grpc' ? {} : httpParts(spec)),
  }
  return { callers: [caller], notes: [] }
}

const alwaysSent = [
  'host',
  'authorization',
  'cookie',
  'from',
  'proxy-authorization',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]
const alwaysCopied = [
  'authorization',
  'location',
  'proxy-authenticate',
  'set-cookie',
  'www-authenticate',
]

const httpParts = (spec: Located): Partial<Caller> => ({
  protocol: 'http',
  disabled: wrongPath(spec.get('path_prefix'), 'path_prefix'),
  sends: listWith(alwaysSent, spec.get('allowed_request_headers')),
  copies: listWith(alwaysCopied, spec.get('allowed_authorization_headers')),
  // Its list is for denials only.
  copiesToClient: { at: spec.at, test: () => false },
})

const settingsOf = (document: Located): Located => document.get('spec', 'config')

/** Of all requests; normalize_path is always on. */
export function readModule(document: Located): EdgeFile {
  if (textIn(document.get('metadata', 'name')) !== 'ambassador') return { callers: [], notes: [] }
  const config = settingsOf(document)
  const [merge, reject] = [
    config.get('merge_slashes'),
    config.get('reject_requests_with_escaped_slashes'),
  ]
  const caller: Caller = {
    ...plainCaller(nameOf(document), config.at),
    sendsNothing: true,
    unnormalized: merge.value === true ? [] : [unmerged(merge)],
    keepsSlashes: reject.value === true ? undefined : reject.at,
  }
  return { callers: [caller], notes: [] }
}

const unmerged = (key: Located): Fault => ({
  at: key.at,
  message:
    'merge_slashes is not true: doubled slashes reach the upstream, which may read another path',
})

export function readMapping(document: Located, all: Resources): EdgeFile {
  if (!bypasses(document)) return { callers: [], notes: [] }
  const caller: Caller = {
    ...plainCaller(nameOf(document), document.at),
    sendsNothing: true,
    unchecked: [toUnchecked(document, all)],
  }
  return { callers: [caller], notes: [] }
}

const bypasses = (mapping: Located): boolean => mapping.get('spec', 'bypass_auth').value === true

function toUnchecked(mapping: Located, all: Resources): UncheckedRoute {
  const spec = mapping.get('spec')
  const { routes, services } = all.once(checkedMappings)
  const removed = namesIn(spec.get('remove_request_headers'))
  return {
    shown: `bypass_auth of ${textIn(spec.get('prefix')) || 'a Mapping'}`,
    at: spec.get('bypass_auth').at,
    takes: takesFirst([toRoute(spec)], routes),
    removes: name => removed.includes(name),
    sharesUpstream: services.has(textIn(spec.get('service'))),
    passesUnderscores: all
      .ofKind('getambassador.io/Module')
      .some(one => passesUnderscores(settingsOf(one))),
  }
}

function checkedMappings(all: Resources) {
  const specs = all
    .ofKind('getambassador.io/Mapping')
    .filter(one => !bypasses(one))
    .map(one => one.get('spec'))
  return {
    routes: specs.map(toRoute),
    services: new Set(specs.map(one => textIn(one.get('service')))),
  }
}

const passesUnderscores = (config: Located): boolean =>
  !/^(?:REJECT_REQUEST|DROP_HEADER)$/.test(textIn(config.get('headers_with_underscores_action')))

/** A list, or one name. */
const namesIn = (list: Located): readonly string[] =>
  [textIn(list), ...textsIn(list)].map(name => name.toLowerCase())

const narrowing = ['method', 'headers', 'regex_headers', 'query_parameters', 'host_regex']

function toRoute(spec: Located): PathRoute {
  const prefix = textIn(spec.get('prefix')) || '/'
  const host = textIn(spec.get('hostname')) || textIn(spec.get('host')) || '*'
  const isExpression = spec.get('host_regex').value === true
  return {
    hosts: [isExpression ? '*' : host],
    takesPath: pathTest(spec, prefix),
    weight: (Number(spec.get('precedence').value) || 0) * exactWeight + prefix.length,
    isNarrow: narrowing.some(key => isSet(spec.get(key))),
  }
}

function pathTest(spec: Located, prefix: string): (path: string) => boolean {
  const lower = spec.get('case_sensitive').value === false
  if (spec.get('prefix_regex').value === true) return matcherOf(prefix, lower)
  const spelled = (text: string): string => (lower ? text.toLowerCase() : text)
  const written = spelled(prefix)
  return spec.get('prefix_exact').value === true
    ? path => spelled(path) === written
    : path => spelled(path).startsWith(written)
}

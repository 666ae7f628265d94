/** Istio: providers of the mesh configuration, and policies that choose which requests are checked. */
import { isJsonObject } from '../../../lib/json.ts'
import type { Caller, EdgeFile, Fault } from '../caller.ts'
import { isSet, type Located, listOf, millisecondsOf, textIn, textsIn } from '../document.ts'

const merging = new Set(['MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'])

export function readMesh(mesh: Located): EdgeFile {
  const normalization = mesh.get('pathNormalization', 'normalization')
  const callers = mesh
    .get('extensionProviders')
    .items()
    .flatMap(provider =>
      (['envoyExtAuthzGrpc', 'envoyExtAuthzHttp'] as const)
        .filter(key => isSet(provider.get(key)))
        .map(key => toCaller(provider, key, normalization)),
    )
  return { callers, notes: [] }
}

function toCaller(
  provider: Located,
  key: 'envoyExtAuthzGrpc' | 'envoyExtAuthzHttp',
  normalization: Located,
): Caller {
  const own = provider.get(key)
  const [open, timeout] = [own.get('failOpen'), own.get('timeout')]
  const body = own.get('includeRequestBodyInCheck')
  return {
    protocol: 'grpc',
    name: `the provider ${textIn(provider.get('name'))}`,
    at: own.at,
    failOpen: open.value === true ? [openFault(open)] : [],
    unnormalized: merging.has(textIn(normalization)) ? [] : [unmerged(normalization)],
    ...(textIn(normalization) === 'MERGE_SLASHES' ? { keepsSlashes: normalization.at } : {}),
    unchecked: [],
    disabled: [],
    timeout: { ms: millisecondsOf(timeout) ?? 600_000, at: timeout.at, isDefault: !isSet(timeout) },
    bodyBytes: isSet(body) ? Number(body.get('maxRequestBytes').value) || 0 : 0,
    bodyAt: body.at,
    retries: [],
    ...(key === 'envoyExtAuthzHttp' ? httpParts(own) : {}),
  }
}

const openFault = (open: Located): Fault => ({
  at: open.at,
  message: 'failOpen: true lets requests pass where Oarlock does not answer',
})

/** What only the HTTP form says. */
function httpParts(own: Located): Partial<Caller> {
  const sends = listOf(own.get('includeRequestHeadersInCheck'))
  const prefix = own.get('pathPrefix')
  return {
    protocol: 'http',
    disabled: /^\/decisions\/?$/.test(textIn(prefix)) ? [] : [wrongPrefix(prefix)],
    sends: { ...sends, test: name => always.has(name) || sends.test(name) },
    copies: listOf(own.get('headersToUpstreamOnAllow')),
    copiesToClient: listOf(own.get('headersToDownstreamOnAllow')),
  }
}

const always = new Set(['host', 'authorization'])

const unmerged = (normalization: Located): Fault => ({
  at: normalization.at,
  message: `pathNormalization.normalization: found ${JSON.stringify(textIn(normalization) || 'DEFAULT')}, expected "DECODE_AND_MERGE_SLASHES": doubled and encoded slashes reach the upstream as the client wrote them`,
})

const wrongPrefix = (prefix: Located): Fault => ({
  at: prefix.at,
  message: `pathPrefix: found ${JSON.stringify(textIn(prefix))}, expected "/decisions": other paths of the port answer 200, which is an allow`,
})

/** A policy with the action CUSTOM checks what one of its rules takes. */
export function uncheckedByPolicy(document: Located): EdgeFile {
  if (textIn(document.get('spec', 'action')) !== 'CUSTOM') return { callers: [], notes: [] }
  const rules = document.get('spec', 'rules').items()
  const name = `AuthorizationPolicy ${textIn(document.get('metadata', 'name'))}`
  const asked = rules.map(toAsked)
  const notes = asked.includes(undefined)
    ? [`${name}: conditions other than paths are not checked`]
    : []
  const isAsked = (path: string): boolean => asked.some(test => test === undefined || test(path))
  const at = document.get('spec', 'rules').at
  const caller: Caller = {
    protocol: 'grpc',
    name,
    at,
    failOpen: [],
    unnormalized: [],
    unchecked: [
      {
        shown: 'what its rules leave out',
        at,
        takes: (_, path) => !isAsked(path),
        removes: () => true,
        sharesUpstream: false,
      },
    ],
    disabled: [],
    retries: [],
  }
  return { callers: [caller], notes }
}

/** Whether a path is checked; undefined: something else than paths decides, too. */
function toAsked(rule: Located): ((path: string) => boolean) | undefined {
  if (isSet(rule.get('from')) || isSet(rule.get('when'))) return undefined
  const operations = rule
    .get('to')
    .items()
    .map(one => one.get('operation'))
  if (operations.length === 0) return () => true
  if (operations.some(hasMore)) return undefined
  const tests = operations.map(operation => {
    const [paths, others] = [textsIn(operation.get('paths')), textsIn(operation.get('notPaths'))]
    return (path: string): boolean =>
      (paths.length === 0 || paths.some(one => isMatch(one, path))) &&
      !others.some(one => isMatch(one, path))
  })
  return path => tests.some(test => test(path))
}

/** Hosts, methods or ports. */
const hasMore = ({ value }: Located): boolean =>
  isJsonObject(value) && Object.keys(value).some(key => key !== 'paths' && key !== 'notPaths')

/** A star at the beginning or the end. */
function isMatch(pattern: string, path: string): boolean {
  if (pattern === '*') return true
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1))
  return pattern.startsWith('*') ? path.endsWith(pattern.slice(1)) : path === pattern
}

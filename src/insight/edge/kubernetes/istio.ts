/** Istio: providers of the mesh configuration, and policies that choose which requests are checked. */
import { isJsonObject } from '../../../lib/json.ts'
import type { Caller, EdgeFile, Fault, HeaderList } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { bodyOf, openFault, plainCaller, timeoutOf, wrongPath } from '../settings.ts'
import { nameOf } from './resource.ts'

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
  return {
    ...plainCaller(`the provider ${textIn(provider.get('name'))}`, own.at),
    failOpen: openFault(own.get('failOpen'), 'failOpen'),
    unnormalized: merging.has(textIn(normalization)) ? [] : [unmerged(normalization)],
    ...(textIn(normalization) === 'MERGE_SLASHES' ? { keepsSlashes: normalization.at } : {}),
    ...timeoutOf(own.get('timeout'), 600_000),
    ...bodyOf(own.get('includeRequestBodyInCheck'), 'maxRequestBytes'),
    ...(key === 'envoyExtAuthzHttp' ? httpParts(own) : {}),
  }
}

/** What only the HTTP form says. */
const httpParts = (own: Located): Partial<Caller> => ({
  protocol: 'http',
  disabled: wrongPath(own.get('pathPrefix'), 'pathPrefix'),
  sends: patterns(own.get('includeRequestHeadersInCheck'), ['host', 'authorization']),
  copies: patterns(own.get('headersToUpstreamOnAllow')),
  copiesToClient: patterns(own.get('headersToDownstreamOnAllow')),
})

/** Names with a star at the beginning or the end; `always` are in every list. */
function patterns(list: Located, always: readonly string[] = []): HeaderList {
  const names = [...always, ...textsIn(list).map(name => name.toLowerCase())]
  return { at: list.at, test: name => names.some(one => isMatch(one, name)) }
}

const unmerged = (normalization: Located): Fault => ({
  at: normalization.at,
  message: `pathNormalization.normalization: found ${JSON.stringify(textIn(normalization) || 'DEFAULT')}, expected "DECODE_AND_MERGE_SLASHES": doubled and encoded slashes reach the upstream as the client wrote them`,
})

/** A policy with the action CUSTOM checks what one of its rules takes. */
export function uncheckedByPolicy(document: Located): EdgeFile {
  if (textIn(document.get('spec', 'action')) !== 'CUSTOM') return { callers: [], notes: [] }
  const rules = document.get('spec', 'rules').items()
  const name = nameOf(document)
  const asked = rules.map(toAsked)
  const notes = asked.includes(undefined)
    ? [`${name}: conditions other than paths are not checked`]
    : []
  const isAsked = (path: string): boolean => asked.some(test => test === undefined || test(path))
  const at = document.get('spec', 'rules').at
  const caller: Caller = {
    ...plainCaller(name, at),
    unchecked: [
      {
        shown: 'what its rules leave out',
        at,
        takes: (_, path) => !isAsked(path),
        removes: () => true,
        sharesUpstream: false,
      },
    ],
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

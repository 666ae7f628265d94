/** agentgateway: its own file with `binds`, and AgentgatewayPolicies. */
import type { Caller, EdgeFile, Fault, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, listOf, textIn, textsIn } from '../document.ts'
import { nameOf } from '../kubernetes/resource.ts'
import { type PathRoute, takesFirst, toPathRoute, type WrittenPath } from '../path-routes.ts'
import { bodyOf, plainCaller, timeoutOf, wrongPath } from '../settings.ts'

/** undefined: it is not a configuration of agentgateway. */
export function readAgentgateway(document: Located): EdgeFile | undefined {
  const binds = document.get('binds').items()
  if (binds.length === 0) return undefined
  const listeners = binds.flatMap(bind => bind.get('listeners').items())
  return { callers: listeners.flatMap(callersOf), notes: [] }
}

const authOf = (route: Located): Located => route.get('policies', 'extAuthz')

/** A listener without any check may stand beside one with. */
function callersOf(listener: Located): readonly Caller[] {
  const routes = listener.get('routes').items()
  const checked = routes.filter(route => isSet(authOf(route)))
  const unchecked = routes
    .filter(route => !isSet(authOf(route)))
    .map(route => toUnchecked(route, checked))
  const beside: Caller = {
    ...plainCaller('agentgateway', listener.at),
    sendsNothing: true,
    unchecked,
  }
  return [beside, ...checked.map(route => toCaller(authOf(route)))]
}

function toCaller(auth: Located): Caller {
  const [mode, sends, http] = [
    auth.get('failureMode'),
    auth.get('includeRequestHeaders'),
    auth.get('protocol', 'http'),
  ]
  return {
    ...plainCaller('the policy extAuthz', auth.at),
    protocol: isSet(http) ? 'http' : 'grpc',
    failOpen: /^allow$/i.test(textIn(mode)) ? [openMode(mode)] : [],
    disabled: cached(auth.get('cache')),
    sends: isSet(sends) ? listOf(sends) : undefined,
    ...timeoutOf(auth.get('policies', 'http', 'requestTimeout'), 2000),
    ...bodyOf(auth.get('includeRequestBody'), 'maxRequestBytes'),
  }
}

const openMode = (mode: Located): Fault => ({
  at: mode.at,
  message: `failureMode: ${textIn(mode)} lets requests pass where Oarlock does not answer`,
})

const cached = (cache: Located): readonly Fault[] =>
  isSet(cache)
    ? [
        {
          at: cache.at,
          message:
            'cache: requests with the same key are not checked, whatever else they have: remove it',
        },
      ]
    : []

const backendsOf = (route: Located): readonly string[] =>
  route
    .get('backends')
    .items()
    .map(({ value }) => JSON.stringify(value))

function toUnchecked(route: Located, checked: readonly Located[]): UncheckedRoute {
  const removed = textsIn(route.get('policies', 'requestHeaderModifier', 'remove'))
  const names = new Set(removed.map(name => name.toLowerCase()))
  const backends = new Set(checked.flatMap(backendsOf))
  return {
    shown: 'a route without extAuthz',
    at: route.at,
    takes: takesFirst(toRoutes(route), checked.flatMap(toRoutes)),
    removes: name => names.has(name),
    sharesUpstream: backendsOf(route).some(backend => backends.has(backend)),
  }
}

function toRoutes(route: Located): readonly PathRoute[] {
  const hosts = textsIn(route.get('hostnames'))
  const matches = route.get('matches').items()
  return matches.length === 0
    ? [toPathRoute(hosts, { isNarrow: false })]
    : matches.map(match => toPathRoute(hosts, writtenPath(match)))
}

function writtenPath(match: Located): WrittenPath {
  const path = match.get('path')
  const regex = path.get('regex')
  return {
    exact: textIn(path.get('exact')),
    // Older versions have a list of the expression and its length.
    expression: textIn(regex) || textIn(regex.get(0)),
    prefix: textIn(path.get('pathPrefix')),
    isNarrow: ['method', 'headers', 'query'].some(key => isSet(match.get(key))),
  }
}

export function readAgentgatewayPolicy(document: Located): EdgeFile {
  const auth = document.get('spec', 'traffic', 'extAuth')
  if (!isSet(auth)) return { callers: [], notes: [] }
  const [http, mode] = [auth.get('http'), auth.get('failureMode')]
  const caller: Caller = {
    ...plainCaller(nameOf(document), auth.at),
    protocol: isSet(http) ? 'http' : 'grpc',
    failOpen: /^(?:allow|failopen)$/i.test(textIn(mode)) ? [openMode(mode)] : [],
    disabled: [
      ...cached(auth.get('cache')),
      ...(isSet(http) ? wrongPath(http.get('path'), 'http.path') : []),
    ],
    ...bodyOf(auth.get('forwardBody'), 'maxSize'),
  }
  return { callers: [caller], notes: [] }
}

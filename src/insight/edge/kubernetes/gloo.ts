/** Gloo Edge: Settings with extauth, the connection manager of a Gateway, and hosts. */
import type { Caller, EdgeFile, HeaderList, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { keepsSlashes, unnormalized } from '../envoy/faults.ts'
import { matcherOf } from '../envoy/matchers.ts'
import { isHostOf } from '../envoy/routes.ts'
import { exactly } from '../path-routes.ts'
import { bodyOf, listWith, openFault, plainCaller, timeoutOf, wrongPath } from '../settings.ts'
import { nameOf } from './resource.ts'

export function readSettings(document: Located): EdgeFile {
  const [main, named] = [document.get('spec', 'extauth'), document.get('spec', 'namedExtauth')]
  const all = [main, ...Object.keys(named.value ?? {}).map(name => named.get(name))]
  return {
    callers: all.filter(isSet).map(one => toCaller(nameOf(document), one)),
    notes: [],
  }
}

const toCaller = (name: string, auth: Located): Caller => ({
  ...plainCaller(name, auth.at),
  failOpen: openFault(auth.get('failureModeAllow'), 'failureModeAllow'),
  ...timeoutOf(auth.get('requestTimeout'), 200),
  ...bodyOf(auth.get('requestBody'), 'maxRequestBytes', 4096),
  ...(isSet(auth.get('httpService')) ? httpParts(auth.get('httpService')) : {}),
})

const httpParts = (http: Located): Partial<Caller> => ({
  protocol: 'http',
  disabled: wrongPath(http.get('pathPrefix'), 'pathPrefix'),
  sends: sent(http.get('request')),
  copies: listWith([], http.get('response', 'allowedUpstreamHeaders')),
  copiesToClient: { at: http.at, test: () => false },
})

function sent(request: Located): HeaderList {
  const named = listWith(['host', 'authorization'], request.get('allowedHeaders'))
  const expressions = textsIn(request.get('allowedHeadersRegex')).map(one => matcherOf(one))
  return { ...named, test: name => named.test(name) || expressions.some(test => test(name)) }
}

/** Of Enterprise, whose own service calls Oarlock. */
export function readAuthConfig(document: Located): EdgeFile {
  const all = document
    .get('spec', 'configs')
    .items()
    .map(one => one.get('passThroughAuth'))
    .filter(isSet)
  const notes = all.some(one => isSet(one.get('http')))
    ? [`the HTTP form of ${nameOf(document)}`]
    : []
  return {
    callers: all.map(one => ({
      ...plainCaller(nameOf(document), one.at),
      failOpen: openFault(one.get('failureModeAllow'), 'failureModeAllow'),
    })),
    notes,
  }
}

/** Of all requests of its listeners. */
export function readGlooGateway(document: Located): EdgeFile {
  const gateway = document.get('spec', 'httpGateway')
  if (!isSet(gateway)) return { callers: [], notes: [] }
  const manager = gateway.get('options', 'httpConnectionManagerSettings')
  const caller: Caller = {
    ...plainCaller(nameOf(document), gateway.at),
    sendsNothing: true,
    unnormalized: unnormalized(manager),
    keepsSlashes: keepsSlashes(manager),
  }
  return { callers: [caller], notes: [] }
}

export function readGlooHosts(document: Located): EdgeFile {
  const host = document.get('spec', 'virtualHost')
  const routes = host.get('routes').items()
  const isChecked = isOn(host) ?? false
  const off = routes.filter(route => !(isOn(route) ?? isChecked))
  const upstreams = new Set(routes.filter(route => !off.includes(route)).map(upstreamOf))
  const unchecked = off.map(
    (route): UncheckedRoute => ({
      shown: `the route of ${shownPath(route)}`,
      at: route.at,
      takes: takesOf(route, { host, earlier: routes.slice(0, routes.indexOf(route)) }),
      removes: removedBy([route, host]),
      sharesUpstream: upstreams.has(upstreamOf(route)),
    }),
  )
  const caller: Caller = {
    ...plainCaller(nameOf(document), host.at),
    sendsNothing: true,
    unchecked,
  }
  return {
    callers: [caller],
    notes: routes.some(route => isSet(route.get('delegateAction')))
      ? [`routes that ${nameOf(document)} delegates`]
      : [],
  }
}

/** undefined: nothing is said. */
function isOn(located: Located): boolean | undefined {
  const auth = located.get('options', 'extauth')
  return isSet(auth) ? auth.get('disable').value !== true : undefined
}

const upstreamOf = (route: Located): string => JSON.stringify(route.get('routeAction').value)

function removedBy(around: readonly Located[]): (name: string) => boolean {
  const removed = around.flatMap(one =>
    textsIn(one.get('options', 'headerManipulation', 'requestHeadersToRemove')),
  )
  const names = new Set(removed.map(name => name.toLowerCase()))
  return name => names.has(name)
}

interface Around {
  readonly host: Located
  /** Routes that are asked before. */
  readonly earlier: readonly Located[]
}

function takesOf(route: Located, { host, earlier }: Around): UncheckedRoute['takes'] {
  const domains = textsIn(host.get('domains'))
  const own = pathTest(route)
  const before = earlier.filter(one => !isNarrow(one)).map(pathTest)
  return (asked, path) => isHostOf(domains, asked) && own(path) && !before.some(test => test(path))
}

const matchersOf = (route: Located): readonly Located[] => route.get('matchers').items()

const isNarrow = (route: Located): boolean =>
  matchersOf(route).some(one =>
    ['headers', 'methods', 'queryParameters'].some(key => isSet(one.get(key))),
  )

function pathTest(route: Located): (path: string) => boolean {
  const tests = matchersOf(route).map(one => {
    const [exact, regex] = [textIn(one.get('exact')), textIn(one.get('regex'))]
    if (exact !== '') return exactly(exact)
    const prefix = textIn(one.get('prefix')) || '/'
    return regex === '' ? (path: string) => path.startsWith(prefix) : matcherOf(regex)
  })
  return path => tests.length === 0 || tests.some(test => test(path))
}

const shownPath = (route: Located): string =>
  matchersOf(route)
    .flatMap(one => ['exact', 'prefix'].map(key => textIn(one.get(key))))
    .find(text => text !== '') ?? 'every path'

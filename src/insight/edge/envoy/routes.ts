/** Routes of Envoy, and which of them are checked. */
import type { BodilessRoute, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { matcherOf } from './matchers.ts'
import { type RouteSetting, settingOf } from './route-setting.ts'

/** A route, once for each cluster that it leads to. */
export interface Route {
  readonly route: Located
  readonly isChecked: boolean
  /** undefined: it answers by itself. Empty: the request names it. */
  readonly cluster: string | undefined
  readonly domains: readonly string[]
  readonly takes: (path: string) => boolean
  readonly removes: (name: string) => boolean
  readonly hasBodies: boolean
}

interface Filter {
  readonly name: string | undefined
  /** Whether a route without a word about it is checked. */
  readonly isDefault: boolean
}

export const routesOf = (table: Located, filter: Filter): readonly Route[] =>
  table
    .get('virtual_hosts')
    .items()
    .flatMap(host =>
      host
        .get('routes')
        .items()
        .flatMap(route => toRoutes([route, host, table], filter)),
    )

function toRoutes(around: readonly [Located, Located, Located], filter: Filter): readonly Route[] {
  const [route, host] = around
  const whole = {
    route,
    domains: textsIn(host.get('domains')),
    takes: pathTest(route.get('match')),
  }
  return targetsOf(route).map(({ cluster, settings }) => ({
    ...whole,
    ...partsOf([...settings, ...around], filter),
    cluster,
  }))
}

/** `around`: the most specific one first. */
function partsOf(around: readonly Located[], { name, isDefault }: Filter) {
  const removed = new Set(
    around
      .flatMap(one => textsIn(one.get('request_headers_to_remove')))
      .map(header => header.toLowerCase()),
  )
  const own: RouteSetting | undefined = settingOf(around, name)
  return {
    isChecked: own === undefined ? isDefault : !own.isOff,
    hasBodies: own?.hasBodies !== false,
    removes: (header: string) => removed.has(header),
  }
}

interface Target {
  readonly cluster: string | undefined
  /** What it says by itself. */
  readonly settings: readonly Located[]
}

/** Mirrored requests are copies whose answers nobody gets: their clusters are none. */
function targetsOf(route: Located): readonly Target[] {
  const action = route.get('route')
  if (!isSet(action)) return [{ cluster: undefined, settings: [] }]
  const weighted = action.get('weighted_clusters', 'clusters').items()
  if (weighted.length === 0) return [{ cluster: textIn(action.get('cluster')), settings: [] }]
  return weighted.map(one => ({ cluster: textIn(one.get('name')), settings: [one] }))
}

function pathTest(match: Located): (path: string) => boolean {
  const lower = match.get('case_sensitive').value === false
  const test = exactPathTest(match, text => (lower ? text.toLowerCase() : text))
  return path => test(lower ? path.toLowerCase() : path)
}

function exactPathTest(match: Located, spelled: (text: string) => string) {
  for (const [key, isTaken] of Object.entries(pathMatchers)) {
    const own = match.get(key)
    const written = spelled(textIn(own))
    if (isSet(own)) return (path: string) => isTaken(path, written)
  }
  return matcherOf(textIn(match.get('safe_regex', 'regex')))
}

const pathMatchers: Readonly<Record<string, (path: string, written: string) => boolean>> = {
  path: (path, written) => path === written,
  prefix: (path, written) => path.startsWith(written),
  path_separated_prefix: (path, written) => path === written || path.startsWith(`${written}/`),
}

interface Around {
  readonly all: readonly Route[]
  /** Clusters that checked routes lead to. */
  readonly checked: ReadonlySet<string>
  readonly passesUnderscores: boolean
}

/** A route without a check, unless it answers by itself. */
export const toUnchecked = (route: Route, around: Around): readonly UncheckedRoute[] =>
  route.isChecked || route.cluster === undefined
    ? []
    : [
        {
          ...toTaking(route, around.all),
          removes: route.removes,
          sharesUpstream: route.cluster === '' || around.checked.has(route.cluster),
          passesUnderscores: around.passesUnderscores,
        },
      ]

/** Paths that an earlier route takes are not its. */
export function toTaking(route: Route, all: readonly Route[]): BodilessRoute {
  const domains = route.domains.join()
  const earlier = all
    .slice(0, all.indexOf(route))
    .filter(one => one.domains.join() === domains && one.route !== route.route && takesAll(one))
  return {
    shown: `the route of ${shownMatch(route.route.get('match'))}`,
    at: route.route.at,
    takes: (host, path) =>
      isHostOf(route.domains, host) && route.takes(path) && !earlier.some(one => one.takes(path)),
  }
}

/** It leaves no request of its paths to later routes. */
const takesAll = ({ route }: Route): boolean =>
  !narrowing.some(key => isSet(route.get('match', key)))

const narrowing = [
  'headers',
  'query_parameters',
  'cookies',
  'runtime_fraction',
  'grpc',
  'tls_context',
  'dynamic_metadata',
  'filter_state',
]

const shownMatch = (match: Located): string =>
  ['path', 'prefix', 'path_separated_prefix']
    .map(key => textIn(match.get(key)))
    .find(text => text !== '') ?? 'an expression'

export const isHostOf = (domains: readonly string[], host: string): boolean =>
  domains.some(domain => {
    if (domain === '*' || host === '*') return true
    if (domain.startsWith('*')) return host.endsWith(domain.slice(1).toLowerCase())
    if (domain.endsWith('*')) return host.startsWith(domain.slice(0, -1).toLowerCase())
    return domain.toLowerCase().replace(/:\d+$/, '') === host.replace(/:\d+$/, '')
  })

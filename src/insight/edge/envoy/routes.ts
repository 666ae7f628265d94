/** Routes of Envoy, and which of them are checked. */
import type { BodilessRoute, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { matcherOf } from './matchers.ts'

export interface Route {
  readonly route: Located
  readonly isChecked: boolean
  /** Empty: it answers by itself. */
  readonly cluster: string
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
        .map(route => toRoute([route, host, table], filter)),
    )

/** The most specific setting counts. */
function toRoute(around: readonly [Located, Located, Located], filter: Filter): Route {
  const [route, host] = around
  const removed = new Set(
    around
      .flatMap(one => textsIn(one.get('request_headers_to_remove')))
      .map(name => name.toLowerCase()),
  )
  const settings = around
    .map(one => one.get('typed_per_filter_config', filter.name ?? ''))
    .filter(isSet)
  const [own] = settings
  const cluster = route.get('route', 'cluster')
  const weighted = route.get('route', 'weighted_clusters', 'clusters', 0, 'name')
  return {
    route,
    isChecked: own === undefined ? filter.isDefault : own.get('disabled').value !== true,
    cluster: textIn(cluster) || textIn(weighted),
    domains: textsIn(host.get('domains')),
    takes: pathTest(route.get('match')),
    removes: name => removed.has(name),
    hasBodies: own?.get('check_settings', 'disable_request_body_buffering').value !== true,
  }
}

function pathTest(match: Located): (path: string) => boolean {
  const [path, prefix] = [textIn(match.get('path')), textIn(match.get('prefix'))]
  const separated = textIn(match.get('path_separated_prefix'))
  if (path !== '') return text => text === path
  if (prefix !== '') return text => text.startsWith(prefix)
  if (separated !== '') return text => text === separated || text.startsWith(`${separated}/`)
  return matcherOf(textIn(match.get('safe_regex', 'regex')))
}

interface Around {
  readonly all: readonly Route[]
  /** Clusters that checked routes lead to. */
  readonly checked: ReadonlySet<string>
  readonly passesUnderscores: boolean
}

/** A route without a check, unless it answers by itself. */
export const toUnchecked = (route: Route, around: Around): readonly UncheckedRoute[] =>
  route.isChecked || route.cluster === ''
    ? []
    : [
        {
          ...toTaking(route, around.all),
          removes: route.removes,
          sharesUpstream: around.checked.has(route.cluster),
          passesUnderscores: around.passesUnderscores,
        },
      ]

/** Paths that an earlier route takes are not its. */
export function toTaking(route: Route, all: readonly Route[]): BodilessRoute {
  const domains = route.domains.join()
  const earlier = all.slice(0, all.indexOf(route)).filter(one => one.domains.join() === domains)
  return {
    shown: `the route of ${shownMatch(route.route.get('match'))}`,
    at: route.route.at,
    takes: (host, path) =>
      isHostOf(route.domains, host) && route.takes(path) && !earlier.some(one => one.takes(path)),
  }
}

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

/** Envoy: a bootstrap, or what /config_dump answers. */
import type { Caller, EdgeFile } from '../caller.ts'
import { isSet, type Located, objectsIn, textIn } from '../document.ts'
import { type Filter, toCaller } from './filter.ts'
import { type Route, routesOf } from './routes.ts'

const isType = (located: Located, ending: string): boolean =>
  textIn(located.get('@type')).endsWith(ending)

/** undefined: it is not a configuration of Envoy. */
export function readEnvoy(document: Located): EdgeFile | undefined {
  const objects = objectsIn(document)
  const managers = objects.filter(one => isType(one, '.HttpConnectionManager'))
  if (managers.length === 0) return undefined
  const tables = objects.filter(one => one.get('virtual_hosts').items().length > 0)
  const notes: string[] = []
  const read = managers.map(manager => readManager(manager, tables, notes))
  const checked = new Set(
    read.flatMap(({ routes }) =>
      routes
        .filter(({ isChecked }) => isChecked)
        .flatMap(({ cluster }) => (cluster === undefined || cluster === '' ? [] : [cluster])),
    ),
  )
  const callers = read.flatMap(({ manager, filter, routes }) =>
    filter === undefined ? [] : [toCaller({ manager, filter, routes, checked, notes })],
  )
  return { callers: [...callers, ...openManagers(read, { checked, document })], notes }
}

interface Manager {
  readonly manager: Located
  readonly filter: Filter | undefined
  readonly routes: readonly Route[]
  /** Some of its filters stand elsewhere. */
  readonly isPartial: boolean
}

function readManager(manager: Located, tables: readonly Located[], notes: string[]): Manager {
  const filter = manager
    .get('http_filters')
    .items()
    .map(entry => ({ name: textIn(entry.get('name')), entry, config: entry.get('typed_config') }))
    .find(({ config }) => isType(config, '.ExtAuthz'))
  const table = tableOf(manager, tables)
  if (table === undefined && filter !== undefined) {
    notes.push(
      `routes of ${textIn(manager.get('rds', 'route_config_name')) || 'a listener'} are not in the file`,
    )
  }
  if (filter !== undefined && table !== undefined) notes.push(...unreadRoutes(table))
  const isDefault = filter?.entry.get('disabled').value !== true
  const routes =
    table === undefined
      ? []
      : routesOf(table, { name: filter?.name, isDefault: isDefault && filter !== undefined })
  const isPartial = manager
    .get('http_filters')
    .items()
    .some(entry => isSet(entry.get('config_discovery')))
  if (isPartial) notes.push('filters that are discovered (config_discovery)')
  return { manager, filter, routes, isPartial }
}

/** Routes whose requests are not known here. */
function unreadRoutes(table: Located): readonly string[] {
  const hosts = table.get('virtual_hosts').items()
  const routes = hosts.flatMap(host => host.get('routes').items())
  return [
    ...(isSet(table.get('vhds')) ? ['virtual hosts that are discovered (vhds)'] : []),
    ...(hosts.some(host => isSet(host.get('matcher'))) ? ['routes of a matcher'] : []),
    ...(routes.some(route => isSet(route.get('match', 'path_match_policy')))
      ? ['routes with path_match_policy']
      : []),
  ]
}

function tableOf(manager: Located, tables: readonly Located[]): Located | undefined {
  const inline = manager.get('route_config')
  if (isSet(inline)) return inline
  const name = textIn(manager.get('rds', 'route_config_name'))
  return tables.find(table => textIn(table.get('name')) === name)
}

interface Whole {
  readonly checked: ReadonlySet<string>
  readonly document: Located
}

/** Listeners without the filter that lead where checked requests go, or a file without the filter. */
function openManagers(read: readonly Manager[], { checked, document }: Whole): readonly Caller[] {
  const hasFilter = read.some(({ filter }) => filter !== undefined)
  const open = read.filter(
    ({ filter, routes, isPartial }) =>
      filter === undefined &&
      !isPartial &&
      (!hasFilter || routes.some(({ cluster = '' }) => checked.has(cluster))),
  )
  const [first] = open
  if (first === undefined) return []
  const at = hasFilter ? first.manager.at : document.at
  const message = hasFilter
    ? 'a listener without the filter ext_authz leads to the same upstream'
    : 'no listener has the filter ext_authz'
  return [
    {
      protocol: 'grpc',
      name: 'Envoy',
      at,
      failOpen: [],
      unnormalized: [],
      unchecked: [],
      disabled: [{ at, message }],
      retries: [],
    },
  ]
}

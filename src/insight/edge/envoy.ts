/** Envoy: a bootstrap, or what /config_dump answers. */
import { isJsonObject } from '../../lib/json.ts'
import type { Caller, EdgeFile, Fault, HeaderList } from './caller.ts'
import { isSet, type Located, millisecondsOf, objectsIn, textIn } from './document.ts'
import { headerList } from './envoy-matchers.ts'
import { type Route, routesOf, toUnchecked } from './envoy-routes.ts'

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
      routes.filter(({ isChecked }) => isChecked).map(({ cluster }) => cluster),
    ),
  )
  const callers = read.flatMap(({ manager, filter, routes }) =>
    filter === undefined ? [] : [toCaller({ manager, filter, routes, checked, notes })],
  )
  return { callers: [...callers, ...openManagers(read, { checked, document })], notes }
}

interface Filter {
  readonly name: string
  /** The entry in the list of filters. */
  readonly entry: Located
  readonly config: Located
}

interface Manager {
  readonly manager: Located
  readonly filter: Filter | undefined
  readonly routes: readonly Route[]
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
  const isDefault = filter?.entry.get('disabled').value !== true
  const routes =
    table === undefined
      ? []
      : routesOf(table, { name: filter?.name, isDefault: isDefault && filter !== undefined })
  return { manager, filter, routes }
}

function tableOf(manager: Located, tables: readonly Located[]): Located | undefined {
  const inline = manager.get('route_config')
  if (isSet(inline)) return inline
  const name = textIn(manager.get('rds', 'route_config_name'))
  return tables.find(table => textIn(table.get('name')) === name)
}

interface Reading extends Manager {
  readonly filter: Filter
  /** Clusters that checked routes lead to. */
  readonly checked: ReadonlySet<string>
  readonly notes: string[]
}

function toCaller({ manager, filter, routes, checked, notes }: Reading): Caller {
  const { config } = filter
  const http = config.get('http_service')
  const isHttp = isSet(http)
  notes.push(...unknownKeys(config))
  const body = config.get('with_request_body')
  return {
    protocol: isHttp ? 'http' : 'grpc',
    name: `Envoy's filter ${filter.name}`,
    at: filter.entry.at,
    failOpen: failOpen(config),
    unnormalized: unnormalized(manager),
    keepsSlashes: keepsSlashes(manager),
    unchecked: routes.flatMap(route => toUnchecked(route, routes, checked)),
    disabled: disabled(config, isHttp ? http : undefined),
    ...timeoutOf(config, isHttp),
    sends: sent(config, isHttp),
    copies: isHttp
      ? headerList(http.get('authorization_response', 'allowed_upstream_headers'))
      : undefined,
    ...(isHttp
      ? {
          copiesToClient: headerList(
            http.get('authorization_response', 'allowed_client_headers_on_success'),
          ),
        }
      : {}),
    bodyBytes: isSet(body) ? Number(body.get('max_request_bytes').value) || 0 : 0,
    bodyAt: isSet(body) ? body.at : filter.entry.at,
    retries: retries(isHttp ? http : config.get('grpc_service')),
  }
}

const failOpen = (config: Located): readonly Fault[] => {
  const key = config.get('failure_mode_allow')
  return key.value === true
    ? [
        {
          at: key.at,
          message: 'failure_mode_allow: true lets requests pass where Oarlock does not answer',
        },
      ]
    : []
}

const unnormalized = (manager: Located): readonly Fault[] =>
  [
    ['normalize_path', 'dot segments reach Oarlock and the upstream as the client wrote them'],
    ['merge_slashes', 'doubled slashes reach the upstream, which may read another path'],
  ].flatMap(([key = '', what = '']) => {
    const found = manager.get(key)
    return found.value === true ? [] : [{ at: found.at, message: `${key} is not true: ${what}` }]
  })

const settled = new Set([
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
  2,
  3,
  4,
])

function keepsSlashes(manager: Located) {
  const action = manager.get('path_with_escaped_slashes_action')
  return settled.has(action.value as string | number) ? undefined : action.at
}

/** Of the filter, for all its requests. */
function disabled(config: Located, http: Located | undefined): readonly Fault[] {
  const fraction = config.get('filter_enabled', 'default_value')
  const isPartly = isSet(fraction) && shareOf(fraction) < 1
  const denies = config.get('deny_at_disable', 'default_value').value === true
  const prefix = http === undefined ? '/decisions' : textIn(http.get('path_prefix'))
  return [
    ...(isPartly && !denies
      ? [{ at: fraction.at, message: 'filter_enabled: a part of the requests is not checked' }]
      : []),
    ...(/^\/decisions\/?$/.test(prefix)
      ? []
      : [
          {
            at: http?.get('path_prefix').at ?? config.at,
            message: `path_prefix: found ${JSON.stringify(prefix)}, expected "/decisions": other paths of the port answer 200, which is an allow`,
          },
        ]),
  ]
}

const denominators: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
}

const shareOf = (fraction: Located): number =>
  Number(fraction.get('numerator').value ?? 0) /
  (denominators[textIn(fraction.get('denominator')) || 'HUNDRED'] ?? 100)

function timeoutOf(config: Located, isHttp: boolean) {
  const key = isHttp
    ? config.get('http_service', 'server_uri', 'timeout')
    : config.get('grpc_service', 'timeout')
  const ms = isSet(key) ? millisecondsOf(key) : 200
  if (ms === undefined || ms === 0) return {}
  return { timeout: { ms, at: key.at, isDefault: !isSet(key) } }
}

/** Over HTTP these are always sent. */
const always = new Set(['host', 'authorization', 'content-length'])

function sent(config: Located, isHttp: boolean): HeaderList | undefined {
  const older = config.get('http_service', 'authorization_request', 'allowed_headers')
  const allowed = headerList(config.get('allowed_headers'))
  const list = isSet(config.get('allowed_headers'))
    ? allowed
    : isSet(older)
      ? headerList(older)
      : undefined
  const hidden = config.get('disallowed_headers')
  const refused = isSet(hidden) ? headerList(hidden) : undefined
  if (list === undefined && refused === undefined && !isHttp) return undefined
  return {
    at: refused?.at ?? list?.at ?? config.get('http_service').at,
    test: name => {
      if (refused?.test(name)) return false
      if (isHttp) return always.has(name) || list?.test(name) === true
      return list?.test(name) ?? true
    },
  }
}

function retries(service: Located): readonly Fault[] {
  const policy = service.get('retry_policy')
  if (!isSet(policy)) return []
  const interval = policy.get('retry_back_off', 'base_interval')
  const on = textIn(policy.get('retry_on'))
  return [
    ...(isSet(interval)
      ? []
      : [
          {
            at: policy.at,
            message:
              'retry_policy has no retry_back_off: the first retry waits about a second, longer than most checks may take',
          },
        ]),
    ...(/retriable-4xx|retriable-status-codes/.test(on)
      ? [{ at: policy.get('retry_on').at, message: `retry_on: ${on}: denials are asked again` }]
      : []),
  ]
}

const known = new Set(
  'allowed_headers bootstrap_metadata_labels_key charge_cluster_response_stats clear_route_cache decoder_header_mutation_rules deny_at_disable disable_dynamic_metadata_ingestion disallowed_headers emit_filter_state_stats enable_dynamic_metadata_ingestion encode_raw_headers failure_mode_allow failure_mode_allow_header_add filter_enabled filter_metadata grpc_service http_service include_peer_certificate include_tls_session max_denied_response_body_bytes metadata_context_namespaces route_metadata_context_namespaces route_typed_metadata_context_namespaces stat_prefix status_on_error transport_api_version typed_metadata_context_namespaces validate_mutations with_request_body'.split(
    ' ',
  ),
)

/** Settings of the filter that say which requests are checked, or what is sent, and that nobody here understands. */
function unknownKeys(config: Located): readonly string[] {
  if (!isJsonObject(config.value)) return []
  return Object.keys(config.value)
    .map(key => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
    .filter(key => key !== '@type' && !known.has(key) && !isOfIstio(key, config))
    .map(key => `the setting ${key} of the filter is not known here`)
}

/** Istio's policies with the action CUSTOM choose the requests. */
const isOfIstio = (key: string, config: Located): boolean =>
  key === 'filter_enabled_metadata' &&
  textIn(config.get(key, 'path', 0, 'key')).startsWith('istio_ext_authz_')

interface Whole {
  readonly checked: ReadonlySet<string>
  readonly document: Located
}

/** Listeners without the filter that lead where checked requests go, or a file without the filter. */
function openManagers(read: readonly Manager[], { checked, document }: Whole): readonly Caller[] {
  const hasFilter = read.some(({ filter }) => filter !== undefined)
  const open = read.filter(
    ({ filter, routes }) =>
      filter === undefined && (!hasFilter || routes.some(({ cluster }) => checked.has(cluster))),
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

// From an Envoy configuration dump (standard input) to a small bootstrap that stands alone: routes and endpoints are
// put in their places, every address becomes loopback, what only a control plane could answer is left out.
// node bootstrap.mjs LISTENER < dump.json
import { text } from 'node:stream/consumers'

const wanted = process.argv[2]
const ports = { 80: 10001 }
/** What a sample does without; TLS among it, whose keys only the control plane has. */
const dropped = new Set([
  'access_log',
  'metadata',
  'bypass_overload_manager',
  'transport_socket',
  'filter_chain_match',
  'listener_filters',
  'last_updated',
  'socket_options',
  'tracing',
  'decorator',
  'transport_socket_matches',
  'retry_policy',
  'policy',
  'health_check_config',
])
/** The filters that decide; others do their work with what a control plane sends. */
const kept = /\.(ext_authz|rbac|router)\.v3\./

const snake = name => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** The list of dumps: on top in the answer of an admin page, further down elsewhere. */
function find(value) {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value.configs)) return value.configs
  return Object.values(value)
    .map(find)
    .find(found => found !== undefined)
}

/** All members with this name, in either spelling, without walking into a found one. */
function* members(value, name) {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (snake(key) !== name) yield* members(inner, name)
    else if (typeof inner === 'object') yield inner
  }
}

const dump = find(JSON.parse(await text(process.stdin)))
const collected = name => [...members(dump, name)]
const routes = new Map(collected('route_config').map(route => [route.name, route]))
const endpoints = new Map(
  collected('endpoint_config').map(config => [config.clusterName ?? config.cluster_name, config]),
)

function settled(value, key = '') {
  if (Array.isArray(value)) return value.map(inner => settled(inner))
  if (typeof value !== 'object' || value === null) return value
  if (snake(key) === 'socket_address') return address(value)
  return Object.fromEntries(Object.entries(value).flatMap(settledMember))
}

const replacements = {
  http_filters: value => [
    'http_filters',
    settled(
      value.filter(filter => kept.test((filter.typedConfig ?? filter.typed_config)['@type'])),
    ),
  ],
  rds: value => [
    'route_config',
    plain(routes.get(value.routeConfigName ?? value.route_config_name)),
  ],
  eds_cluster_config: value => [
    'load_assignment',
    plain(endpoints.get(value.serviceName ?? value.service_name)),
  ],
}

function settledMember([key, value]) {
  const name = snake(key)
  if (dropped.has(name) || (name === 'load_balancing_weight' && !(value > 0))) return []
  if (key === 'type' && value === 'EDS') return [['type', 'STATIC']]
  return [replacements[name]?.(value) ?? [key, settled(value, key)]]
}

/** Inside a resource there is no @type of its own. */
function plain({ '@type': _, ...resource }) {
  return settled(resource)
}

function address({ portValue, port_value }) {
  const port = portValue ?? port_value
  return { address: '127.0.0.1', port_value: ports[port] ?? port }
}

const listeners = collected('listener')
  .filter(({ name }) => name === wanted)
  .map(plain)
if (listeners.length !== 1) throw new Error(`${listeners.length} listeners ${wanted}`)
const used = JSON.stringify(listeners)
const clusters = collected('cluster')
  .filter(({ name }) => used.includes(JSON.stringify(name)))
  .map(plain)
const bootstrap = { static_resources: { listeners, clusters } }
process.stdout.write(`${JSON.stringify(bootstrap, null, 1)}\n`)

/** Where the doors listen, and which of them cannot listen at the same time. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import { resolve } from 'node:path'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import type { SchemaIssue } from '../lib/schema.ts'
import type { Config } from './config.ts'

/** One listener; `section` is the name of its keys below `serve`. */
interface Place {
  readonly section: 'api' | 'proxy' | 'grpc' | 'prometheus'
  readonly host: string
  readonly port: number
  readonly socket: string
}

/** Reports two doors on one port or one unix socket: the second could not start. */
export const checkPlaces = ({ serve }: Config): readonly SchemaIssue[] =>
  placesOf(serve).flatMap((place, i, all) => {
    const other = all.slice(0, i).find(before => clash(before, place))
    return [...(other === undefined ? [] : [clashIssue(place, other)]), ...lengthIssues(place)]
  })

/** The longest socket path on Linux in bytes; on macOS it is four bytes shorter. The kernel would cut a longer one. */
const longestSocket = 107

function lengthIssues({ section, socket }: Place): readonly SchemaIssue[] {
  const length = Buffer.byteLength(socket)
  if (length <= longestSocket) return []
  const found = `a path of ${length} bytes`
  return [{ path: ['serve', section, 'socket'], found, expected: `at most ${longestSocket} bytes` }]
}

/**
 * Oathkeeper has no gRPC door. So gRPC stays closed when another door uses its default port, unless `serve.grpc`
 * sets port, socket or enabled. `given` is the content of files and environment.
 */
export function withoutClashingGrpc(config: Config, given: JsonObject): QuietGrpc {
  if (isGrpcAsked(given)) return { config, warnings: [] }
  const places = placesOf(config.serve)
  const own = places.find(({ section }) => section === 'grpc')
  const other = own && places.find(place => place !== own && clash(place, own))
  if (own === undefined || other === undefined) return { config, warnings: [] }
  const { serve } = config
  return {
    config: { ...config, serve: { ...serve, grpc: { ...serve.grpc, enabled: false } } },
    warnings: [
      `serve.grpc.port: found its default ${own.port}, which ${keyOf(other)} also uses: gRPC stays closed; set another serve.grpc.port, or set serve.grpc.enabled to false`,
    ],
  }
}

interface QuietGrpc {
  readonly config: Config
  readonly warnings: readonly string[]
}

function isGrpcAsked({ serve }: JsonObject): boolean {
  const grpc = isJsonObject(serve) ? serve['grpc'] : undefined
  return isJsonObject(grpc) && ['port', 'socket', 'enabled'].some(key => Object.hasOwn(grpc, key))
}

const placesOf = ({ api, proxy, grpc, prometheus }: Config['serve']): readonly Place[] => [
  { section: 'api', ...api },
  ...(proxy.enabled ? [{ section: 'proxy', ...proxy } as const] : []),
  ...(grpc.enabled ? [{ section: 'grpc', ...grpc } as const] : []),
  ...(prometheus.enabled ? [{ section: 'prometheus', socket: '', ...prometheus } as const] : []),
]

function clashIssue(place: Place, other: Place): SchemaIssue {
  const key = place.socket ? 'socket' : 'port'
  const value = place.socket ? JSON.stringify(place.socket) : String(place.port)
  return {
    path: ['serve', place.section, key],
    found: `${value}, which ${keyOf(other)} also uses`,
    expected: `another ${key}: each door needs its own`,
  }
}

const keyOf = ({ section, socket }: Place): string =>
  `serve.${section}.${socket ? 'socket' : 'port'}`

function clash(one: Place, other: Place): boolean {
  if (one.socket || other.socket) {
    return one.socket !== '' && other.socket !== '' && resolve(one.socket) === resolve(other.socket)
  }
  return one.port !== 0 && one.port === other.port && overlap(hostOf(one), hostOf(other))
}

/** Host names are compared as text, because they are only resolved when the door starts to listen. */
function overlap(one: string, other: string): boolean {
  return one === other || coversAll(one, other) || coversAll(other, one)
}

/** The unspecified address of IPv6 also covers the addresses of IPv4. */
const coversAll = (any: string, host: string): boolean =>
  any === '::' || (any === '0.0.0.0' && !isIPv6(host))

/** Normalized and without the brackets of IPv6; an empty host is every address. */
function hostOf({ host }: Place): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (bare === '') return '::'
  if (isIPv4(bare) || !isIPv6(bare)) return bare
  return new SocketAddress({ address: bare, family: 'ipv6' }).address
}

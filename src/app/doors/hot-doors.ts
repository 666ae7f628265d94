import type { Config } from '../../config/config.ts'
import type { RequestListener } from '../../doors/http/listener.ts'
import type { ProxyDoor } from '../../doors/proxy/door.ts'
import type { PathReader } from '../../doors/request/path-reader.ts'
import { createTrust, privateNetworks, type Trust } from '../../doors/request/trust.ts'
import { createApiDoor } from './api-door.ts'
import type { DoorOptions, PortFacts } from './door-options.ts'
import { createLivePaths } from './live-paths.ts'
import { createProxyFor, type ProxyDoorOptions, type Upstreams } from './proxy-door.ts'

/** The part of the doors that a changed configuration replaces while they are open. */
export interface HotDoors {
  readonly api: RequestListener
  readonly proxy: ProxyDoor
  readonly grpcTrust: Trust
  readonly grpcPaths: PathReader
  /** Uses this configuration from the next request on. */
  readonly follow: (config: Config) => void
}

export interface HotDoorsOptions extends Omit<DoorOptions, keyof PortFacts> {
  readonly admin: RequestListener
  readonly upstreams: Upstreams
  readonly watch: ProxyDoorOptions['watch']
  readonly facts: Readonly<Record<'api' | 'proxy', PortFacts>>
}

interface Doors {
  readonly config: Config
  readonly api: RequestListener
  readonly proxy: ProxyDoor
  readonly grpcTrust: Trust
}

export function createHotDoors(config: Config, options: HotDoorsOptions): HotDoors {
  let current = doorsFor(config, options)
  return {
    api: (incoming, response) => current.api(incoming, response),
    proxy: {
      request: (incoming, response) => current.proxy.request(incoming, response),
      upgrade: (incoming, socket, head) => current.proxy.upgrade(incoming, socket, head),
    },
    grpcTrust: address => current.grpcTrust(address),
    grpcPaths: createLivePaths(() => current.config),
    follow: next => {
      if (next !== current.config) current = doorsFor(next, options)
    },
  }
}

const doorsFor = (
  config: Config,
  { facts, admin, upstreams, watch, ...shared }: HotDoorsOptions,
): Doors => ({
  config,
  api: createApiDoor(config, { ...shared, ...facts.api, admin }),
  proxy: createProxyFor(config, { ...shared, ...facts.proxy, upstreams, watch }),
  grpcTrust: createTrust(config.serve.grpc.trusted_proxies ?? privateNetworks),
})

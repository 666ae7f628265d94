/** Certificates of the ports. */
import type { Config } from '../../config/config.ts'
import type { ServerTls } from '../../doors/server-tls.ts'
import type { Log } from '../../observability/log.ts'
import { createServerTls } from './server-tls.ts'

/** undefined for a port without TLS. */
export type PortTls = Readonly<Record<'api' | 'proxy' | 'grpc', ServerTls | undefined>>

/** The TLS sections of the doors that listen. */
export const tlsSections = ({ serve: { api, proxy, grpc } }: Config) => ({
  api: api.tls,
  proxy: proxy.enabled ? proxy.tls : undefined,
  grpc: grpc.enabled ? grpc.tls : undefined,
})

/** Throws an Error that names the key when a certificate cannot be used. */
export function createPortTls(config: Config, log: Log): PortTls {
  const sections = tlsSections(config)
  const create = (door: keyof PortTls): ServerTls | undefined => {
    const section = sections[door]
    return section && createServerTls(`serve.${door}.tls`, section, log)
  }
  return { api: create('api'), proxy: create('proxy'), grpc: create('grpc') }
}

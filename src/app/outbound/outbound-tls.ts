import type { SecureContext } from 'node:tls'
import type { Config } from '../../config/config.ts'
import { environment } from '../../lib/environment.ts'
import { createTlsContext } from '../../outbound/http.ts'
import { readAuthorities, readPem } from './pem.ts'

/**
 * The context of all outbound connections over TLS. What is configured is read and tried at once; without
 * it the machine's authorities are read when the first connection needs them.
 *
 * Throws an Error that names the key.
 */
export function outboundTls({ outbound }: Config): () => SecureContext {
  const { tls } = outbound ?? {}
  const identity = {
    ca: readAuthorities('outbound.tls.ca', tls?.ca),
    cert: readPem('outbound.tls.cert', tls?.cert),
    key: readPem('outbound.tls.key', tls?.key),
  }
  let context: SecureContext | undefined
  const make = (): SecureContext => {
    context ??= createTlsContext(identity, environment())
    return context
  }
  if (Object.values(identity).every(text => text === undefined)) return make
  try {
    make()
  } catch (error) {
    throw new Error(`outbound.tls: ${(error as Error).message}`)
  }
  return make
}

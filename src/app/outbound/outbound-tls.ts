import type { SecureContext } from 'node:tls'
import type { Config } from '../../config/config.ts'
import { environment } from '../../lib/environment.ts'
import { createTlsContext } from '../../outbound/http.ts'
import { readAuthorities, readPem } from './pem.ts'

/**
 * The TLS context of all outbound connections. Configured certificates are read and checked at once; otherwise
 * the CAs of the machine are read for the first connection.
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

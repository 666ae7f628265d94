import { readFileSync } from 'node:fs'
import type { SecureContext } from 'node:tls'
import type { Config } from '../config/config.ts'
import { environment } from '../lib/environment.ts'
import { createTlsContext } from '../outbound/http.ts'

/**
 * The context of all outbound connections over TLS. What is configured is read and tried at once; without
 * it the machine's authorities are read when the first connection needs them.
 *
 * Throws an Error that names the key.
 */
export function outboundTls({ outbound }: Config): () => SecureContext {
  const { tls } = outbound ?? {}
  const identity = {
    ca: pemOf('ca', tls?.ca),
    cert: pemOf('cert', tls?.cert),
    key: pemOf('key', tls?.key),
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

interface Source {
  readonly path?: string | undefined
  readonly base64?: string | undefined
}

export function pemOf(key: string, source: Source | undefined): string | undefined {
  const text = textOf(key, source)
  if (text === undefined || text.includes('-----BEGIN ')) return text
  throw new Error(`outbound.tls.${key}: found no PEM text`)
}

function textOf(key: string, { path, base64 }: Source = {}): string | undefined {
  if (base64) return Buffer.from(base64, 'base64').toString('latin1')
  if (!path) return undefined
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    throw new Error(`outbound.tls.${key}.path: ${(error as Error).message}`)
  }
}

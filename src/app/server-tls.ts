/** The certificate of a listener, taken over anew when its files change. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Config } from '../config/config.ts'
import type { ServerIdentity, ServerTls } from '../doors/server-tls.ts'
import { watchPath } from '../lib/watch-path.ts'
import type { Log } from '../observability/log.ts'
import { readAuthorities, readPem } from './pem.ts'

export type TlsSection = Config['serve']['api']['tls']

/**
 * undefined without a certificate. Throws an Error that names the key when what is configured cannot be used;
 * later such a change is logged, and what was good before stays.
 */
export function createServerTls(
  name: string,
  section: TlsSection,
  log: Log,
): ServerTls | undefined {
  const first = readIdentity(name, section)
  if (first === undefined) return undefined
  let current = first
  const listeners = new Set<(identity: ServerIdentity) => void>()
  const renew = (): void => {
    const next = tryRead(name, section, log)
    if (next === undefined || isSame(current, next)) return
    current = next
    for (const listener of listeners) listener(next)
    log.info('A certificate was renewed', { key: name, valid_to: next.validTo.toISOString() })
  }
  const ends = section.watch ? pathsOf(section).map(path => watchPath(path, renew)) : []
  return {
    current: () => current,
    onRenewal: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      for (const end of ends) end()
    },
  }
}

/** What the section names, read and tried; undefined without a certificate. Throws an Error that names the key. */
export function readIdentity(name: string, section: TlsSection): ServerIdentity | undefined {
  const key = readPem(`${name}.key`, section.key)
  const cert = readPem(`${name}.cert`, section.cert)
  const ca = readAuthorities(`${name}.client_ca`, section.client_ca)
  if (key === undefined || cert === undefined) return undefined
  try {
    createSecureContext({ key, cert, ...(ca === undefined ? {} : { ca }) })
    return { key, cert, ca, validTo: new Date(new X509Certificate(cert).validTo) }
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`)
  }
}

/** Key and certificate are two files: between the writes of the two they do not fit, and another change follows. */
function tryRead(name: string, section: TlsSection, log: Log): ServerIdentity | undefined {
  try {
    return readIdentity(name, section)
  } catch (error) {
    const reason = (error as Error).message
    log.warn('A changed certificate cannot be used: the one before stays', { key: name, reason })
    return undefined
  }
}

const isSame = (a: ServerIdentity, b: ServerIdentity): boolean =>
  a.key === b.key && a.cert === b.cert && a.ca === b.ca

const pathsOf = ({ key, cert, client_ca: ca }: TlsSection): readonly string[] =>
  [key, cert, ca].flatMap(source => (source?.path && !source.base64 ? [source.path] : []))

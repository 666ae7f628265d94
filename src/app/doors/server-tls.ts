/** The certificate of a listener, loaded again when its files change. */
import type { ServerIdentity, ServerTls } from '../../doors/server-tls.ts'
import { watchPath } from '../../lib/watch-path.ts'
import type { Log } from '../../observability/log.ts'
import { readIdentity, readReplacement, type TlsSection } from './server-identity.ts'

/**
 * undefined without a certificate. Throws an Error that names the configuration key when the certificate cannot
 * be used. Later, such a change is logged, and the previous certificate stays.
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

/** Key and certificate are two files. Between their writes they do not match, and another change follows. */
function tryRead(name: string, section: TlsSection, log: Log): ServerIdentity | undefined {
  try {
    return readReplacement(name, section)
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

/** Whom calls over TLS trust, and who they are themselves. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

/** PEM texts. */
export interface TlsIdentity {
  /** Authorities beside those of Node and of this machine. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where systems keep their authorities in one file; the first that is there counts, as for programs in Go. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * One context for all connections. Trusts Node's own authorities, those of the machine (`SSL_CERT_FILE`,
 * `SSL_CERT_DIR`, else the usual bundle), `NODE_EXTRA_CA_CERTS`, and `ca`.
 *
 * Throws an Error when the identity's own texts cannot be used.
 */
export function createTlsContext({ ca, cert, key }: TlsIdentity, env: Environment): SecureContext {
  const authorities = [...rootCertificates, ...machineAuthorities(env)]
  return createSecureContext({
    ca: ca === undefined ? authorities : [...authorities, ca],
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

/** What cannot be read is left out: a machine without authorities still has Node's. */
function machineAuthorities(env: Environment): readonly string[] {
  const files = env['SSL_CERT_FILE'] ? [env['SSL_CERT_FILE']] : bundles
  const folders = (env['SSL_CERT_DIR'] ?? '').split(':').filter(folder => folder !== '')
  const extra = env['NODE_EXTRA_CA_CERTS']
  return [
    ...firstOf(files),
    ...folders.flatMap(filesIn).flatMap(readPem),
    ...(extra ? readPem(extra) : []),
  ]
}

function firstOf(files: readonly string[]): readonly string[] {
  for (const file of files) {
    const found = readPem(file)
    if (found.length > 0) return found
  }
  return []
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const largest = 4 * 1024 * 1024

function readPem(file: string): readonly string[] {
  try {
    if (statSync(file).size > largest) return []
    return readFileSync(file, 'latin1').match(certificate) ?? []
  } catch {
    return []
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map(name => join(folder, name))
  } catch {
    return []
  }
}

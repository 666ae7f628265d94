/** Trusted CAs and the client certificate for TLS connections to other services. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

/** PEM texts. */
export interface TlsIdentity {
  /** CAs in addition to those of Node and of this machine. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** CA bundles of operating systems; the first existing one is used, like in Go programs. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * One context for all connections. Trusts Node's CAs, those of the machine (`SSL_CERT_FILE`, `SSL_CERT_DIR`, otherwise
 * the system's bundle), `NODE_EXTRA_CA_CERTS`, and `ca`.
 *
 * Throws an Error when `ca`, `cert` or `key` is not valid.
 */
export function createTlsContext({ ca, cert, key }: TlsIdentity, env: Environment): SecureContext {
  const authorities = [...rootCertificates, ...machineAuthorities(env)]
  return createSecureContext({
    ca: ca === undefined ? authorities : [...authorities, ca],
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

/** Files that cannot be read are ignored: Node's CAs are always trusted. */
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

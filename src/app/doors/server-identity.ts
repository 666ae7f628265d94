/** Key, certificate and CA of a listener, read and checked. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../../config/config.ts'
import type { ServerIdentity } from '../../doors/server-tls.ts'
import { certificatesOf, placeOf, readPem, readSigners } from '../outbound/pem.ts'

export type TlsSection = Config['serve']['api']['tls']

/**
 * undefined without a certificate. Throws an Error that begins with the configuration key and the file, if any.
 * Each part is loaded as the listener loads it, so that exactly what OpenSSL accepts is accepted.
 */
export function readIdentity(name: string, section: TlsSection): ServerIdentity | undefined {
  const key = readPem(`${name}.key`, section.key)
  const cert = readPem(`${name}.cert`, section.cert)
  const ca = readSigners(`${name}.client_ca`, section.client_ca)
  if (key === undefined || cert === undefined) return undefined
  const places = {
    key: placeOf(`${name}.key`, section.key),
    cert: placeOf(`${name}.cert`, section.cert),
  }
  load({ key }, `${places.key}: found what cannot be read as a private key`)
  load({ cert }, `${places.cert}: found what cannot be read as a certificate`)
  load({ key, cert }, `${name}: ${places.key}: found a key that does not fit ${places.cert}`)
  return { key, cert, ca, validTo: new Date(new X509Certificate(cert).validTo) }
}

/** The same for a renewal: also throws when all certificates of a text have expired. */
export function readReplacement(name: string, section: TlsSection): ServerIdentity | undefined {
  const identity = readIdentity(name, section)
  if (identity === undefined) return undefined
  const { cert, ca } = identity
  const [own] = certificatesOf(name, cert)
  refuseEnded(placeOf(`${name}.cert`, section.cert), own === undefined ? [] : [own])
  if (ca !== undefined) {
    refuseEnded(placeOf(`${name}.client_ca`, section.client_ca), certificatesOf(name, ca))
  }
  return identity
}

function load(options: SecureContextOptions, problem: string): void {
  try {
    createSecureContext(options)
  } catch (error) {
    throw new Error(`${problem}: ${(error as Error).message}`)
  }
}

function refuseEnded(place: string, certificates: readonly X509Certificate[]): void {
  const ends = certificates.map(({ validTo }) => Date.parse(validTo))
  if (ends.length === 0 || ends.some(end => end > Date.now())) return
  const last = new Date(Math.max(...ends)).toISOString()
  throw new Error(`${place}: every certificate has ended, the last one ${last}`)
}

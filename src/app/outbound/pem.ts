import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readablePath } from '../../lib/reach.ts'

/** Where a PEM text comes from; `base64` overrides `path`. */
export interface PemSource {
  readonly path?: string | undefined
  readonly base64?: string | undefined
}

/** The text, or undefined when neither is set. Throws an Error that begins with the key. */
export function readPem(key: string, source: PemSource | undefined): string | undefined {
  const text = textOf(key, source)
  if (text === undefined || text.includes('-----BEGIN ')) return text
  throw new Error(`${placeOf(key, source)}: found no PEM text`)
}

/**
 * The same for CA certificates. Each must be readable, and the text must hold no other PEM block: OpenSSL reads
 * up to the first broken block and ignores the rest without an error.
 */
export function readAuthorities(key: string, source: PemSource | undefined): string | undefined {
  const text = readPem(key, source)
  if (text === undefined) return undefined
  const place = placeOf(key, source)
  if (certificatesOf(place, text).length === 0) throw new Error(`${place}: found no certificate`)
  if (!text.replace(certificates, '').includes('-----')) return text
  throw new Error(
    `${place}: found PEM lines besides whole certificates, expected certificates alone`,
  )
}

/** The same for CAs of client certificates, which must be allowed to sign certificates. */
export function readSigners(key: string, source: PemSource | undefined): string | undefined {
  const text = readAuthorities(key, source)
  if (text === undefined) return undefined
  const place = placeOf(key, source)
  const other = certificatesOf(place, text).find(({ ca }) => !ca)
  if (other === undefined) return text
  const subject = other.subject.replaceAll('\n', ', ')
  throw new Error(
    `${place}: found a certificate that is not one of an authority (${subject}), expected basicConstraints with CA:TRUE`,
  )
}

/** The beginning of messages, such as `serve.api.tls.key.path: /run/key.pem`. */
export const placeOf = (key: string, { path, base64 }: PemSource = {}): string =>
  path && !base64 ? `${key}.path: ${path}` : key

/** Ignores other PEM blocks of the text. Throws an Error that begins with the place. */
export function certificatesOf(place: string, text: string): readonly X509Certificate[] {
  return (text.match(certificates) ?? []).map(certificate => {
    try {
      return new X509Certificate(certificate)
    } catch (error) {
      const { message } = error as Error
      throw new Error(`${place}: found a certificate that cannot be read: ${message}`)
    }
  })
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

function textOf(key: string, { path, base64 }: PemSource = {}): string | undefined {
  if (base64) return Buffer.from(base64, 'base64').toString('latin1')
  if (!path) return undefined
  try {
    return readFileSync(readablePath(path), 'latin1')
  } catch (error) {
    throw new Error(`${key}.path: ${(error as Error).message}`)
  }
}

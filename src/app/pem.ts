import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Where a PEM text comes from; `base64` wins. */
export interface PemSource {
  readonly path?: string | undefined
  readonly base64?: string | undefined
}

/** The text, or undefined when the source names nothing. Throws an Error that begins with the key. */
export function readPem(key: string, source: PemSource | undefined): string | undefined {
  const text = textOf(key, source)
  if (text === undefined || text.includes('-----BEGIN ')) return text
  throw new Error(`${key}: found no PEM text`)
}

/** The same for certificates that others are checked with: each of them must be one. */
export function readAuthorities(key: string, source: PemSource | undefined): string | undefined {
  const text = readPem(key, source)
  if (text === undefined) return undefined
  const found = text.match(certificates) ?? []
  if (found.length === 0) throw new Error(`${key}: found no certificate`)
  for (const certificate of found) requireCertificate(key, certificate)
  return text
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

function requireCertificate(key: string, text: string): void {
  try {
    new X509Certificate(text)
  } catch (error) {
    throw new Error(`${key}: found a certificate that cannot be read: ${(error as Error).message}`)
  }
}

function textOf(key: string, { path, base64 }: PemSource = {}): string | undefined {
  if (base64) return Buffer.from(base64, 'base64').toString('latin1')
  if (!path) return undefined
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    throw new Error(`${key}.path: ${(error as Error).message}`)
  }
}

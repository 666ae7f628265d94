/** The members of a client certificate that expressions and templates can read. JavaScript text. */
import { X509Certificate } from 'node:crypto'

export interface CertificateView {
  readonly subject: string
  readonly issuer: string
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  /** The first SPIFFE id; empty: none. */
  readonly spiffe: string
  /** SHA-256, in lower-case hexadecimal digits. */
  readonly fingerprint: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

/** The last one: a rule reads several members, and a connection has many requests. */
let last: { readonly pem: string; readonly view: CertificateView } | undefined

/** Throws an Error when the certificate cannot be read. */
export function readCertificate(pem: string | undefined): CertificateView {
  if (pem === undefined) throw new Error('the client has no certificate')
  if (last?.pem !== pem) last = { pem, view: parseCertificate(pem) }
  return last.view
}

function parseCertificate(pem: string): CertificateView {
  const found = new X509Certificate(pem)
  const uris = namesOf(found, 'URI')
  return {
    subject: oneLine(found.subject),
    issuer: oneLine(found.issuer),
    dns: namesOf(found, 'DNS'),
    uris,
    spiffe: uris.find(uri => uri.startsWith('spiffe://')) ?? '',
    fingerprint: found.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: Date.parse(found.validTo),
  }
}

/** `CN=a,O=b`: Node writes a line for each part. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(',')

/** Node quotes names with a comma or a quote as JSON strings. */
function namesOf({ subjectAltName = '' }: X509Certificate, kind: 'DNS' | 'URI'): string[] {
  const parts = subjectAltName.match(/[A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? []
  return parts.flatMap(part => {
    const text = part.trim()
    if (!text.startsWith(`${kind}:`)) return []
    const name = text.slice(kind.length + 1)
    return [name.startsWith('"') ? (JSON.parse(name) as string) : name]
  })
}

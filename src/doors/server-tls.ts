import type { TlsOptions } from 'node:tls'

/** A key and its certificate, as PEM. */
export interface ServerIdentity {
  readonly key: string
  /** With its intermediate certificates. */
  readonly cert: string
  /** The CA of client certificates; undefined: clients need no certificate. */
  readonly ca: string | undefined
  readonly validTo: Date
}

/** The certificate of a listener; it can be renewed while the listener is open. */
export interface ServerTls {
  readonly current: () => ServerIdentity
  /** Calls `listener` for each renewal, until the returned function is called. */
  readonly onRenewal: (listener: (identity: ServerIdentity) => void) => () => void
  readonly close: () => void
}

/** TLS 1.2 and 1.3: ECDHE with AES-GCM or ChaCha20. */
const cipherSuites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** All options of the TLS context: Node replaces the whole context at a renewal. */
export const secureContextOf = ({ key, cert, ca }: Omit<ServerIdentity, 'validTo'>) => ({
  key,
  cert,
  ciphers: cipherSuites,
  honorCipherOrder: true,
  ecdhCurve: 'X25519:P-256',
  minVersion: 'TLSv1.2' as const,
  ...(ca === undefined ? {} : { ca }),
})

/** Options of a TLS server. Clients need a certificate when there is a CA for it. */
export const tlsOptionsOf = (identity: ServerIdentity): TlsOptions => ({
  ...secureContextOf(identity),
  requestCert: identity.ca !== undefined,
  rejectUnauthorized: true,
})

/** PEM texts that fit together. */
export interface ServerIdentity {
  readonly key: string
  /** With its intermediates. */
  readonly cert: string
  /** The authority that certificates of clients must come from; undefined: clients need none. */
  readonly ca: string | undefined
  readonly validTo: Date
}

/** The certificate of a listener, which may be renewed while it listens. */
export interface ServerTls {
  readonly current: () => ServerIdentity
  /** Told of each renewal; the returned function ends that. */
  readonly onRenewal: (listener: (identity: ServerIdentity) => void) => () => void
  readonly close: () => void
}

/** ECDHE with AES-GCM or ChaCha20, TLS 1.2 and 1.3. */
export const cipherSuites = [
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

import { flag, section } from './parts.ts'

/** Where a PEM text comes from. */
export const source = (what: string) =>
  section(`${what}. \`base64\` wins over \`path\`.`, {
    path: { type: 'string', description: 'A PEM file.' },
    base64: { type: 'string', description: 'The PEM text in base64.' },
  })

export const tls = section('Encrypted connections: key and certificate are needed together.', {
  key: source('The private key'),
  cert: source('The certificate, with its intermediates'),
  client_ca: source('The authority that certificates of clients must come from: mutual TLS'),
  watch: flag(true, 'Take over changed files without a restart.'),
})

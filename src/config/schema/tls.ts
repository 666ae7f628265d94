import { flag, section } from './parts.ts'

/** The source of a PEM text. */
export const source = (what: string) =>
  section(`${what}. \`base64\` takes precedence over \`path\`.`, {
    path: { type: 'string', description: 'The path of a PEM file.' },
    base64: { type: 'string', description: 'The PEM text in base64.' },
  })

export const tls = section('TLS: key and certificate are needed together.', {
  key: source('The private key'),
  cert: source('The certificate, with its intermediates'),
  client_ca: source('The authority that must have signed client certificates: mutual TLS'),
  watch: flag(true, 'Reload changed files without a restart.'),
})

import { flag, section } from './parts.ts'

/** The source of a PEM text. */
export const source = (what: string) =>
  section(`${what}. \`base64\` wins over \`path\`.`, {
    path: { type: 'string', description: 'The path of a PEM file.' },
    base64: { type: 'string', description: 'The PEM text in base64.' },
  })

export const tls = section('TLS. `key` and `cert` are needed together.', {
  key: source('The private key'),
  cert: source('The certificate, with its intermediates'),
  client_ca: source(
    'The certificate authority of client certificates: with it, clients must have one (mutual TLS)',
  ),
  watch: flag(true, 'Read changed files again without a restart.'),
})

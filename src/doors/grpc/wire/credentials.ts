import { experimental, type ServerCredentials } from '@grpc/grpc-js'
import type { ServerIdentity, ServerTls } from '../../server-tls.ts'

type Create = typeof experimental.createCertificateProviderServerCredentials
type Provider = Parameters<Create>[0]

/** TLS for the gRPC server; new connections get the current certificate. */
export function tlsCredentials(tls: ServerTls): ServerCredentials {
  const needsClientCertificate = tls.current().ca !== undefined
  const provider = providerOf(tls)
  // The library's types name the first argument after the authority; it is used for the identity.
  return experimental.createCertificateProviderServerCredentials(
    provider,
    needsClientCertificate ? provider : null,
    needsClientCertificate,
  )
}

function providerOf(tls: ServerTls): Provider {
  const ends = new Map<unknown, () => void>()
  const follow = <Update>(
    listener: (update: Update) => void,
    read: (identity: ServerIdentity) => Update,
  ): void => {
    ends.set(
      listener,
      tls.onRenewal(identity => listener(read(identity))),
    )
    // Like the library's own provider: after the caller has returned.
    process.nextTick(() => listener(read(tls.current())))
  }
  const leave = (listener: unknown): void => ends.get(listener)?.()
  return {
    addCaCertificateListener: listener => follow(listener, authorityOf),
    removeCaCertificateListener: leave,
    addIdentityCertificateListener: listener => follow(listener, identityOf),
    removeIdentityCertificateListener: leave,
  }
}

const authorityOf = ({ ca = '' }: ServerIdentity) => ({ caCertificate: Buffer.from(ca, 'latin1') })

const identityOf = ({ key, cert }: ServerIdentity) => ({
  certificate: Buffer.from(cert, 'latin1'),
  privateKey: Buffer.from(key, 'latin1'),
})

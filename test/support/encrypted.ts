import { connect, type TLSSocket } from 'node:tls'
import { loopback } from './ports.ts'

export interface Handshake {
  readonly alpn: 'h2' | 'http/1.1'
  /** The SNI name of the handshake; by default a name that the certificate contains. */
  readonly servername?: string | undefined
}

/** A connection over TLS to any server; rejects if the server does not agree to the protocol. */
export const encrypted = (port: number, { alpn, servername }: Handshake): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: loopback,
      port,
      servername: servername ?? 'localhost',
      ALPNProtocols: [alpn],
      rejectUnauthorized: false,
    })
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      if (socket.alpnProtocol === alpn) resolve(socket)
      else reject(new Error(`${socket.alpnProtocol} in place of ${alpn}`))
    })
  })

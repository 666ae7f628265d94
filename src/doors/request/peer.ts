/** The peer of a connection. */
import type { IncomingMessage } from 'node:http'

/** An IP address, or `unixSocket`. undefined: unknown, because the connection is closed. */
export type Peer = string | undefined

/** The peer of a unix socket, which has no IP address. */
export const unixSocket = 'unix'

/** Without an address, the peer is `unixSocket` only if the listener is on a unix socket. */
export const peerOf = ({ socket }: IncomingMessage, onUnixSocket: boolean): Peer =>
  socket.remoteAddress ?? (onUnixSocket && !socket.destroyed ? unixSocket : undefined)

/** The IP address for handlers and logs; undefined: the peer has none. */
export const addressOfPeer = (peer: Peer): string | undefined =>
  peer === unixSocket ? undefined : peer

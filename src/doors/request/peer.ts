/** Who is at the other end of a connection. */
import type { IncomingMessage } from 'node:http'

/** An IP address, or `unixSocket`. undefined: nothing is known, because the connection is closed. */
export type Peer = string | undefined

/** The peer of a unix socket, which has no address. */
export const unixSocket = 'unix'

/** Only a listener on a unix socket has peers without an address. */
export const peerOf = ({ socket }: IncomingMessage, onUnixSocket: boolean): Peer =>
  socket.remoteAddress ?? (onUnixSocket && !socket.destroyed ? unixSocket : undefined)

/** The address alone, as handlers and logs show it. */
export const addressOfPeer = (peer: Peer): string | undefined =>
  peer === unixSocket ? undefined : peer

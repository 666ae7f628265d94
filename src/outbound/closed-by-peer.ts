/** True for the error of a connection that the other side closed. */
export const isClosedByPeer = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'ECONNRESET' || code === 'EPIPE'

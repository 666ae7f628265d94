import type { Socket } from 'node:net'

/**
 * Resets the connection. A socket that is sending its end is only destroyed: otherwise Node reports EINVAL, keeps
 * the handle forever, and the process does not exit. Over TLS there is no reset.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded || 'encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}

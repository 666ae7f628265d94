import type { Socket } from 'node:net'

/**
 * Resets the connection. A socket whose end is being sent is only destroyed: there Node reports EINVAL, keeps
 * the handle for ever, and the process does not exit. Over TLS there is no reset.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded || 'encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}

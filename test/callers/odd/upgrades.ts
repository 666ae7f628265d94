/** Headers that ask for another upgrade than WebSocket, or for more than one. */
import { handshake } from '../../support/web-socket.ts'

const socket = handshake.filter(([name]) => name.startsWith('Sec-'))
const settings = ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'] as const

export const upgrades = [
  [['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'], settings],
  [['Connection', 'Upgrade'], ['Upgrade', 'h2c'], settings],
  [['Connection', 'Upgrade'], ['Upgrade', 'H2C'], settings],
  [['Connection', 'Upgrade'], ['Upgrade', 'websocket, h2c'], ...socket],
  [['Connection', 'Upgrade'], ['Upgrade', 'h2c,websocket'], ...socket],
  [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Upgrade', 'h2c'], ...socket],
  [['Connection', 'Upgrade'], ['Upgrade', 'h2c'], ['Upgrade', 'websocket'], ...socket],
] as const

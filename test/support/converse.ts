import type { Socket } from 'node:net'

const silence = 100
const longestWait = 8000

/**
 * Sends bytes on a connection of their own and returns the status of each answer. Waits until nothing more arrives
 * for a moment, so that an answer to bytes after a request is included. None: no answer arrived, or none of HTTP/1.
 */
export const converse = (socket: Socket, bytes: Buffer): Promise<readonly number[]> =>
  new Promise(resolve => {
    let received = ''
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve([...received.matchAll(statusLine)].map(([, status]) => Number(status)))
    }
    let timer = setTimeout(finish, longestWait)
    for (const event of ['end', 'close', 'error']) socket.on(event, finish)
    socket.on('data', part => {
      received += part.toString('latin1')
      clearTimeout(timer)
      timer = setTimeout(finish, silence)
    })
    socket.write(bytes)
  })

/** Except `100 Continue`. */
const statusLine = /(?<=^|\n|upstream|\})HTTP\/1\.[01] (?!100)(\d{3})(?= |\r)/g

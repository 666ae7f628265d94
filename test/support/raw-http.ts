import { connect, type Socket } from 'node:net'
import { type Answered, readAnswer } from '../conformance/read-answer.ts'
import { loopback } from './ports.ts'

/** A request written byte for byte: nothing is normalised, rejected or added, except Host and the length of a body. */
export interface Ask {
  readonly method?: string
  readonly target?: string
  /** Latin1-coded; a name may occur several times. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly host?: string
  readonly body?: Buffer
}

export interface Answer extends Answered {
  /** All values of a lower-case name. */
  readonly all: (name: string) => readonly string[]
  readonly text: string
}

/** The first answer on a connection of its own. Rejects when the connection ends or breaks before it. */
export const ask = (port: number, request: Ask = {}): Promise<Answer> =>
  askOn(connect(port, loopback), request)

/** The same on an existing connection, which is used for this request only. */
export const askOn = (socket: Socket, request: Ask): Promise<Answer> =>
  exchange(socket, encode(request), request.method ?? 'GET')

function encode({ method = 'GET', target = '/', headers = [], host, body }: Ask): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host ?? 'app.example'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return body === undefined ? head : Buffer.concat([head, body])
}

const longestWait = 35_000 // Traefik waits for 30 s

export const send = (port: number, bytes: Buffer, method = 'GET'): Promise<Answer> =>
  exchange(connect(port, loopback), bytes, method)

const exchange = (socket: Socket, bytes: Buffer, method: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const finish = (outcome: Answer | Error): void => {
      socket.destroy()
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    const read = (ended: boolean): void => {
      const answer = readAnswer(received, method, ended)
      if (answer.kind === 'answer') finish(toAnswer(answer))
      else if (ended || answer.kind === 'broken') finish(new Error(`broken: ${received}`))
    }
    socket.setTimeout(longestWait, () => finish(new Error('no answer')))
    socket.on('error', finish)
    socket.on('end', () => read(true))
    socket.on('data', part => {
      received = Buffer.concat([received, part])
      read(false)
    })
    socket.write(bytes)
  })

export const toAnswer = (answered: Answered): Answer => ({
  ...answered,
  all: name =>
    answered.headers.filter(([found]) => found.toLowerCase() === name).map(([, value]) => value),
  text: answered.body.toString('latin1'),
})

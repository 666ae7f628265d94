/** Clients of HTTP/1.1, in clear and over TLS, and of HTTP/2, that send random requests and disconnect at random. */
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { preface } from '../faults/http2-frames.ts'
import { loopback } from '../support/ports.ts'
import { reset } from '../support/reset.ts'
import { anyFrame, headersFrame, settings } from './frames.ts'
import type { Random } from './random.ts'

export interface Target {
  readonly port: number
  readonly tls: boolean
}

/** `unanswered`: the client waited, and neither an answer nor an end arrived within the time limit. */
export type Outcome = 'left' | 'ended' | 'unanswered'

const hosts = ['h1', 'h1', 'h2'] as const
const paths = ['/open', '/open', '/open/x', '/closed', '/none'] as const
const chunk = '5\r\nhello\r\n'

const requests = (host: string, path: string): readonly string[] => [
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`,
  `HEAD ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\nGET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n${chunk}${chunk}0\r\nx-a: b\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n${chunk}`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}zz\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunk}0\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 20\r\n\r\nhello`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 150000\r\n\r\n${'a'.repeat(150_000)}`,
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nmore`,
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, X-A\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello`,
  `CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n__proto__: a\r\nconstructor: b\r\nReferer: a\r\nReferer: b\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: a b\r\n\r\n`,
  'nonsense\r\n\r\n',
  preface.toString('latin1'),
]

const open = ({ port, tls }: Target, alpn: string): Socket =>
  tls
    ? connectTls({ port, host: loopback, rejectUnauthorized: false, ALPNProtocols: [alpn] })
    : connect(port, loopback)

export interface Leaving {
  readonly random: Random
  /** Called with what a client had sent when it waited without an answer. */
  readonly onUnanswered: (what: string) => void
  /** How long a client waits, in milliseconds. */
  readonly bound: number
}

type Stop = () => void

function after(time: number, work: () => void): Stop {
  const timer = setTimeout(work, time)
  return () => clearTimeout(timer)
}

/** Counts seconds in which this process runs: a machine that stands still for a while is not a server without an answer. */
function afterRunning(time: number, work: () => void): Stop {
  let left = Math.ceil(time / 1000)
  const timer = setInterval(() => {
    left -= 1
    if (left > 0) return
    clearInterval(timer)
    work()
  }, 1000)
  return () => clearInterval(timer)
}

/** Either disconnects soon, or waits for an answer or for the end of the connection. */
function follow(socket: Socket, sent: Buffer, leaving: Leaving): Promise<Outcome> {
  const { random, bound } = leaving
  // Without a byte there is no request, and the connection may be idle.
  const waits = sent.length > 0 && random.chance(0.25)
  const reads = waits || random.chance(0.6)
  return new Promise(resolve => {
    let received = ''
    const finish = (outcome: Outcome): void => {
      stop()
      resolve(outcome)
      if (random.chance(0.5)) reset(socket)
      else socket.destroy()
    }
    const leave = (): void => {
      if (waits)
        leaving.onUnanswered(JSON.stringify(`${sent.toString('latin1', 0, 300)} → ${received}`))
      finish(waits ? 'unanswered' : 'left')
    }
    const stop = waits ? afterRunning(bound, leave) : after(random.int(80), leave)
    socket.on('error', () => undefined)
    socket.on('close', () => finish('ended'))
    socket.on('end', () => finish('ended'))
    socket.on('data', part => {
      received += part.toString('latin1', 0, 200)
      if (waits && isFinal(received)) finish('ended')
    })
    if (!reads) socket.pause()
  })
}

const isFinal = (received: string): boolean => /HTTP\/1\.1 (?:101|[2-5]\d\d) /.test(received)

export function askHttp1(target: Target, leaving: Leaving): Promise<Outcome> {
  const { random } = leaving
  const text = random.pick(requests(random.pick(hosts), random.pick(paths)))
  const socket = open(target, 'http/1.1')
  const sent = random.cut(Buffer.from(text, 'latin1'))
  socket.write(sent)
  if (random.chance(0.05)) socket.end()
  return follow(socket, sent, leaving)
}

/** Frame by frame. */
export function writeFrames(target: Target, leaving: Leaving): Promise<Outcome> {
  const { random } = leaving
  const socket = open(target, 'h2')
  const frames = [preface, settings]
  for (let stream = 1; stream < 8; stream += 2) {
    const pseudo = [
      [':method', random.pick(['GET', 'POST', 'get', 'CONNECT', ''])],
      [':path', random.pick(paths)],
      [':scheme', random.pick(['https', 'http', 'ftp'])],
      [':authority', random.pick(hosts)],
    ] as const
    frames.push(headersFrame(random, stream, pseudo))
    for (let i = random.int(3); i > 0; i -= 1) frames.push(anyFrame(random, stream))
  }
  socket.write(random.cut(Buffer.concat(frames)))
  // Streams may stay open: only the process is checked.
  return follow(socket, Buffer.alloc(0), leaving)
}

const methods = ['GET', 'POST', 'HEAD', 'PUT', 'get'] as const

/** Several streams of a client that mostly follows the rules of HTTP/2. */
export function askHttp2({ port }: Target, leaving: Leaving): Promise<Outcome> {
  const { random, bound } = leaving
  const window = random.chance(0.3) ? { initialWindowSize: 0 } : {}
  const session = connectHttp2(`https://${loopback}:${port}`, {
    rejectUnauthorized: false,
    settings: window,
  })
  const waits = random.chance(0.25)
  return new Promise(resolve => {
    const streams: Asked[] = []
    const finish = (outcome: Outcome): void => {
      stop()
      session.destroy()
      resolve(outcome)
    }
    const leave = (): void => {
      if (waits) leaving.onUnanswered(`HTTP/2, ${JSON.stringify({ window, streams })}`)
      finish(waits ? 'unanswered' : 'left')
    }
    const stop = waits ? afterRunning(bound, leave) : after(random.int(100), leave)
    session.on('error', () => finish('ended'))
    session.on('close', () => finish('ended'))
    for (let i = 0; i < 3; i += 1) {
      const asked: Asked = { done: [] }
      streams.push(asked)
      askStream({ session, random, asked }).on('close', () => {
        asked.done.push('close')
        if (streams.every(({ done }) => done.includes('close'))) finish('ended')
      })
    }
  })
}

/** The request on a stream and its events, for the message when it gets no answer. */
interface Asked {
  headers?: object
  readonly done: string[]
}

interface Asking {
  readonly session: ReturnType<typeof connectHttp2>
  readonly random: Random
  readonly asked: Asked
}

function askStream({ session, random, asked }: Asking) {
  const endStream = random.chance(0.3)
  const headers = {
    ':method': random.pick(methods),
    ':path': random.pick(paths),
    ':authority': random.pick(hosts),
    ...(random.chance(0.5) && { trailer: 'x-a' }),
    ...(random.chance(0.2) && { expect: '100-continue' }),
  }
  asked.headers = headers
  const stream = session.request(headers, { endStream, waitForTrailers: true })
  for (const event of ['continue', 'response', 'end', 'wantTrailers', 'finish', 'aborted']) {
    stream.on(event, () => asked.done.push(event))
  }
  stream.on('error', () => undefined)
  stream.on('wantTrailers', () => !stream.destroyed && stream.sendTrailers({ 'x-a': 'b' }))
  stream.resume()
  if (!endStream) {
    stream.write('hello')
    if (random.chance(0.7)) stream.end()
  }
  if (random.chance(0.2)) {
    setTimeout(() => {
      asked.done.push('cancel')
      if (!stream.destroyed) stream.close(8)
    }, random.int(50))
  }
  return stream
}

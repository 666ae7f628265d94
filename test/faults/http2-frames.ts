/** Writes HTTP/2 frame by frame, including frames that no library would send. */
import { connect, type Socket } from 'node:net'
import type { Cleanup } from '../support/cleanup.ts'
import { loopback } from '../support/ports.ts'

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const

export interface Frame {
  readonly type: number
  readonly flags?: number
  readonly stream?: number
  readonly payload?: Buffer
  /** The length in the frame header. */
  readonly length?: number
}

export function frame({ type, flags = 0, stream = 0, payload = empty, length }: Frame): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length ?? payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const empty = Buffer.alloc(0)

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One setting. */
export function setting(id: number, value: number): Buffer {
  const payload = Buffer.alloc(6)
  payload.writeUInt16BE(id)
  payload.writeUInt32BE(value, 2)
  return payload
}

export const settings = (...payloads: readonly Buffer[]): Buffer =>
  frame({ type: type.settings, payload: Buffer.concat(payloads) })

/** A literal field without indexing; name and value shorter than 127 bytes. */
export const field = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])

export const checkHeaders = Buffer.concat([
  field(':method', 'POST'),
  field(':scheme', 'http'),
  field(':path', '/envoy.service.auth.v3.Authorization/Check'),
  field(':authority', 'oarlock'),
  field('content-type', 'application/grpc'),
  field('te', 'trailers'),
])

export const openStream = (stream: number): Buffer =>
  frame({ type: type.headers, flags: flag.endHeaders, stream, payload: checkHeaders })

/** A complete check on a stream of its own. */
export function check(stream: number, message: Buffer): Buffer {
  const prefix = Buffer.concat([Buffer.from([0]), uint32(message.length)])
  const payload = Buffer.concat([prefix, message])
  return Buffer.concat([
    openStream(stream),
    frame({ type: type.data, flags: flag.endStream, stream, payload }),
  ])
}

/** The number of a client's nth stream. */
export const streamOf = (n: number): number => 2 * n + 1

export interface Wire {
  readonly socket: Socket
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
  /** Bytes received. */
  readonly received: () => number
}

/** A connection of its own; received bytes are counted and dropped. */
export function dial(t: Cleanup, port: number): Wire {
  const socket = connect(port, loopback)
  let received = 0
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.on('error', () => socket.destroy())
  socket.on('data', part => {
    received += part.length
  })
  t.after(() => void socket.destroy())
  return { socket, closed, received: () => received }
}

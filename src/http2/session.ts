/** A connection on its socket: reads frames, keeps time, and ends. */
import type { Duplex } from 'node:stream'
import { guarded, type OnBug } from '../lib/guarded.ts'
import { spread } from '../lib/spread.ts'
import type { GiveUpReason, Holder } from './bounds.ts'
import type { Collector } from './collector.ts'
import {
  Connection,
  type ConnectionOptions,
  connectionWindow,
  listBytes,
  type OpenBlock,
} from './connection.ts'
import { FrameReader } from './frame-reader.ts'
import { settingsFrame, windowUpdateFrame } from './frame-writer.ts'
import { takeFrame } from './frames/dispatch.ts'
import {
  type ConnectionError,
  errorCode,
  firstWindow,
  protocolError,
  settingId,
} from './protocol.ts'

export interface SessionOptions extends ConnectionOptions {
  /** Milliseconds, as all times here; infinite: never. */
  readonly idleTimeout: number
  /** A connection that received nothing for so long gets a ping, and ends when it does not answer it. */
  readonly keepaliveTime: number
  readonly keepaliveTimeout: number
  readonly maxAge: number
  /** After `maxAge`, open streams have so long. */
  readonly ageGrace: number
  readonly onBug: OnBug
}

export interface Session {
  /** Accepts no new streams; ends when the open ones have ended. */
  readonly leave: () => void
  /** Ends at once. */
  readonly destroy: () => void
  /** Call it regularly; `now` is of `performance.now`. */
  readonly check: (now: number) => void
}

/** Milliseconds for the preface and the first settings, and for the acknowledgement of ours. */
const firstMoments = 10_000
const acknowledgement = 20_000
/** Milliseconds between the announcement of the end and the name of the last stream. */
const announcement = 1000
/** A client that does not read has so long, in milliseconds. */
const unreadTimeout = 10_000

/** Serves HTTP/2 on a socket with prior knowledge. `onEnd`: the socket is closed. */
export function serveSession(socket: Duplex, options: SessionOptions, onEnd: () => void): Session {
  const connection = new Connection(socket, options)
  // After the end, the rest of a chunk is not read.
  const reader = new FrameReader(frame =>
    connection.phase === 'over' ? hasEnded : takeFrame(connection, frame),
  )
  const partial = createPartial(connection, reader, options)
  const times = createTimes(connection, options)
  const broke = (bug: unknown): void => {
    options.onBug(bug)
    connection.fail({ code: errorCode.internalError, reason: 'protocol' })
  }
  const read = (chunk: Buffer): void => {
    if (connection.phase === 'over') return
    times.received = true
    const error = reader.read(chunk)
    if (error !== undefined) connection.fail(error)
    else partial.follow()
  }
  socket.on('data', guarded(read, broke))
  socket.on('error', () => socket.destroy())
  socket.on(
    'end',
    guarded(() => connection.end(), broke),
  )
  socket.once(
    'close',
    guarded(() => {
      connection.destroy()
      partial.end()
      onEnd()
    }, options.onBug),
  )
  connection.write(firstSettings(options))
  return {
    leave: () => connection.leave(),
    destroy: () => connection.destroy(),
    check: guarded(times.check, broke),
  }
}

const firstSettings = ({ streams }: SessionOptions): Buffer =>
  Buffer.concat([
    settingsFrame([
      [settingId.maxConcurrentStreams, streams],
      [settingId.maxHeaderListSize, listBytes],
    ]),
    windowUpdateFrame(0, connectionWindow - firstWindow),
  ])

interface Partial {
  /** Call it after each chunk. */
  readonly follow: () => void
  readonly end: () => void
}

/** Bounds the bytes and the time of a frame or a header block that is not complete. */
function createPartial(
  connection: Connection,
  reader: FrameReader,
  { bounds, readTimeout }: SessionOptions,
): Partial {
  let waited: Collector | OpenBlock | undefined
  const holder: Holder = {
    held: 0,
    until: 0,
    giveUp: (reason: GiveUpReason) => {
      end()
      connection.fail(reason === 'too_slow' ? tooSlow : tooMuch)
    },
  }
  const end = (): void => {
    if (waited === undefined) return
    waited = undefined
    bounds.remove(holder)
    bounds.release(holder)
  }
  /** Each frame and each block has its own time. */
  const begin = (waits: Collector | OpenBlock): void => {
    if (waits === waited) return
    end()
    waited = waits
    holder.until = performance.now() + readTimeout
    bounds.add(holder)
  }
  return {
    follow: () => {
      const { block } = connection
      const incomplete = reader.incomplete()
      const waits = block ?? incomplete
      if (waits === undefined) return end()
      begin(waits)
      const bytes = (incomplete?.capacity() ?? 0) + (block?.collected.capacity() ?? 0)
      if (bytes > holder.held && !bounds.hold(holder, bytes - holder.held)) {
        holder.giveUp('too_many')
      }
    },
    end,
  }
}

/** The connection has failed already. */
const hasEnded: ConnectionError = protocolError
const tooSlow: ConnectionError = { code: errorCode.enhanceYourCalm, reason: 'too_slow' }
const tooMuch: ConnectionError = { code: errorCode.enhanceYourCalm, reason: 'too_many_bytes' }
const noSettings: ConnectionError = { code: errorCode.settingsTimeout, reason: 'too_slow' }

interface Times {
  /** Set when something was received. */
  received: boolean
  readonly check: (now: number) => void
}

function createTimes(connection: Connection, options: SessionOptions): Times {
  const began = performance.now()
  const age = spread(options.maxAge)
  let receivedAt = began
  let usedAt = began
  let lastStream = 0
  let leftAt: number | undefined
  let fullSince: number | undefined
  let pingedAt: number | undefined
  const checkBegin = (now: number): void => {
    const late = now - began
    if (!connection.hasSettings && late > firstMoments) connection.fail(tooSlow)
    else if (!connection.isAcknowledged && late > acknowledgement) connection.fail(noSettings)
  }
  const checkUnread = (now: number): void => {
    if (connection.output.isFull) fullSince ??= now
    else fullSince = undefined
    if (fullSince !== undefined && now - fullSince > unreadTimeout) connection.destroy('unread')
  }
  const checkAlive = (now: number): void => {
    if (connection.pings === 0) pingedAt = undefined
    if (pingedAt !== undefined) {
      if (now - pingedAt > options.keepaliveTimeout) connection.destroy('too_slow')
    } else if (now - receivedAt > options.keepaliveTime) {
      pingedAt = now
      connection.ping()
    }
  }
  const idleTimeout = (): number =>
    connection.isClientLeaving ? announcement : options.idleTimeout
  const checkLeaving = (now: number): void => {
    if (connection.active() > 0 || connection.lastStream !== lastStream) usedAt = now
    lastStream = connection.lastStream
    const isDue = now - usedAt > idleTimeout() || now - began > age
    if (connection.phase === 'open' && isDue) connection.leave()
    if (connection.phase !== 'open') checkLeft(now)
  }
  const checkLeft = (now: number): void => {
    leftAt ??= now
    if (now - leftAt > announcement) connection.nameLast()
    if (now - leftAt > options.ageGrace) connection.destroy()
  }
  const times: Times = {
    received: false,
    check: now => {
      if (connection.phase === 'over') return
      if (times.received) receivedAt = now
      times.received = false
      for (const check of [checkBegin, checkUnread, checkAlive, checkLeaving]) check(now)
    },
  }
  return times
}

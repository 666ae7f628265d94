/** Frames that carry nothing of a request: PING, RST_STREAM, PRIORITY and GOAWAY. */
import type { Connection } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import { pingAnswer } from '../frame-writer.ts'
import {
  type ConnectionError,
  errorCode,
  flag,
  frameSizeError,
  largest31,
  protocolError,
} from '../protocol.ts'
import { refuse } from './data.ts'

const lengthOf = ({ start, end }: Frame): number => end - start

/** PING (RFC 9113, 6.7). */
export function onPing(connection: Connection, frame: Frame): ConnectionError | undefined {
  if (frame.stream !== 0) return protocolError
  if (lengthOf(frame) !== 8) return frameSizeError
  if ((frame.flags & flag.ack) === 0) {
    connection.write(pingAnswer(frame.bytes.subarray(frame.start, frame.end)))
    return undefined
  }
  // Any answer shows that the client is alive.
  connection.pings = 0
  connection.nameLast()
  return undefined
}

/** RST_STREAM (6.4). A call that runs counts as a stream until it has ended, which bounds it (CVE-2023-44487). */
export function onReset(connection: Connection, frame: Frame): ConnectionError | undefined {
  if (isIdle(connection, frame)) return protocolError
  if (lengthOf(frame) !== 4) return frameSizeError
  const stream = connection.streams.get(frame.stream)
  if (stream === undefined) return undefined
  stream.close(false)
  stream.handler?.closed()
  return stream.isLingering ? undefined : connection.spendReset()
}

/** A stream that was never opened, or the connection. */
export const isIdle = ({ lastStream, phase }: Connection, { stream }: Frame): boolean =>
  stream % 2 === 0 || (stream > lastStream && phase !== 'last')

/** PRIORITY (6.3): checked and ignored. */
export function onPriority(connection: Connection, frame: Frame): ConnectionError | undefined {
  if (frame.stream === 0) return protocolError
  const isSized = lengthOf(frame) === 5
  const dependsOnItself =
    isSized && (frame.bytes.readUInt32BE(frame.start) & largest31) === frame.stream
  if (isSized && !dependsOnItself) return undefined
  const error = isSized ? protocolError : frameSizeError
  const stream = connection.streams.get(frame.stream)
  return stream === undefined ? error : refuse(connection, stream, error.code)
}

/** GOAWAY (6.8): the client accepts no streams of the server. */
export function onGoaway(connection: Connection, frame: Frame): ConnectionError | undefined {
  if (frame.stream !== 0) return protocolError
  if (lengthOf(frame) < 8) return frameSizeError
  const code = frame.bytes.readUInt32BE(frame.start + 4)
  connection.clientLeaves(code === errorCode.noError)
  return undefined
}

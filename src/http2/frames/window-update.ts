import type { Connection } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import {
  type ConnectionError,
  errorCode,
  flowControlError,
  frameSizeError,
  largest31,
  protocolError,
} from '../protocol.ts'
import type { Stream } from '../stream.ts'
import { isIdle } from './control.ts'
import { refuse } from './data.ts'

/** WINDOW_UPDATE (RFC 9113, 6.9). */
export function onWindowUpdate(connection: Connection, frame: Frame): ConnectionError | undefined {
  if (frame.end - frame.start !== 4) return frameSizeError
  const increment = frame.bytes.readUInt32BE(frame.start) & largest31
  if (frame.stream === 0) return growConnection(connection, increment)
  if (isIdle(connection, frame)) return protocolError
  const stream = connection.streams.get(frame.stream)
  // A stream that is over may still get some.
  return stream === undefined ? undefined : growStream(connection, stream, increment)
}

function growConnection(connection: Connection, increment: number): ConnectionError | undefined {
  if (increment === 0) return protocolError
  connection.sendWindow += increment
  if (connection.sendWindow > largest31) return flowControlError
  connection.sendBlocked()
  return undefined
}

function growStream(
  connection: Connection,
  stream: Stream,
  increment: number,
): ConnectionError | undefined {
  if (increment === 0) return refuse(connection, stream, errorCode.protocolError)
  stream.sendWindow += increment
  if (stream.sendWindow > largest31) {
    return refuse(connection, stream, errorCode.flowControlError)
  }
  stream.sendUnsent()
  return undefined
}

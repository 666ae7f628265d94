import type { Connection } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import {
  type ConnectionError,
  errorCode,
  flag,
  flowControlError,
  protocolError,
  streamClosedError,
} from '../protocol.ts'
import type { Stream } from '../stream.ts'
import { stripPadding } from './padding.ts'

/** DATA (RFC 9113, 6.1). */
export function onData(connection: Connection, frame: Frame): ConnectionError | undefined {
  const length = frame.end - frame.start
  if (frame.stream === 0 || !stripPadding(frame)) return protocolError
  // The whole frame counts for the windows, also on streams that are over.
  connection.receiveWindow -= length
  if (connection.receiveWindow < 0) return flowControlError
  const stream = connection.streams.get(frame.stream)
  if (stream === undefined) return onOther(connection, frame, length)
  if (!stream.isRemoteOpen) return streamClosedError
  return receive(connection, stream, { frame, length })
}

interface Received {
  readonly frame: Frame
  /** With padding. */
  readonly length: number
}

/** A stream that is not open: idle, closed, or ended by the server. */
function onOther(
  connection: Connection,
  { stream }: Frame,
  length: number,
): ConnectionError | undefined {
  if (stream > connection.lastStream || stream % 2 === 0) {
    // Streams after the last one that was named are ignored (6.8).
    if (connection.phase !== 'last' || stream % 2 === 0) return protocolError
  } else if (!connection.isRemembered(stream)) return streamClosedError
  connection.credit(length)
  return length === 0 ? connection.spend(1) : undefined
}

function receive(
  connection: Connection,
  stream: Stream,
  { frame, length }: Received,
): ConnectionError | undefined {
  const { bytes, start, end } = frame
  const ends = (frame.flags & flag.endStream) !== 0
  const content = end - start
  stream.receiveWindow -= length
  if (stream.left !== undefined) stream.left -= content
  const code = errorOf(stream, ends)
  if (code !== undefined) {
    connection.credit(length)
    return refuse(connection, stream, code)
  }
  if (length > content) stream.credit(length - content)
  if (content === 0 && !ends) return connection.spend(1)
  deliver(stream, { bytes, start, end }, ends)
  return undefined
}

function deliver(stream: Stream, content: Pick<Frame, 'bytes' | 'start' | 'end'>, ends: boolean) {
  const { bytes, start, end } = content
  if (ends) stream.isRemoteOpen = false
  if (end > start) stream.handler?.data(bytes, start, end)
  if (ends && !stream.isOver) stream.handler?.end()
}

function errorOf(stream: Stream, ends: boolean): number | undefined {
  if (stream.receiveWindow < 0) return errorCode.flowControlError
  return hasLength(stream, ends) ? undefined : errorCode.protocolError
}

/** The body is as long as its Content-Length says (8.1.1). */
const hasLength = ({ left }: Stream, ends: boolean): boolean =>
  left === undefined || (ends ? left === 0 : left >= 0)

/** An error of the stream (5.4.2). */
export function refuse(
  connection: Connection,
  stream: Stream,
  code: number,
): ConnectionError | undefined {
  connection.options.onRefused(code === errorCode.flowControlError ? 'flow_control' : 'malformed')
  stream.reset(code)
  stream.handler?.closed()
  return connection.spendReset()
}

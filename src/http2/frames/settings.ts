import type { Connection } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import { settingsAcknowledgement } from '../frame-writer.ts'
import {
  type ConnectionError,
  flag,
  flowControlError,
  frameSizeError,
  largest31,
  largestMaxFrame,
  protocolError,
  settingId,
  smallestMaxFrame,
} from '../protocol.ts'
import type { Stream } from '../stream.ts'

/** Bytes of one setting. */
const settingBytes = 6

/** Each can change the windows of all streams, so that it costs more than another frame. */
const cost = 10
/** Windows that change cost as much as one frame. */
const windowsPerFrame = 100

/** SETTINGS (RFC 9113, 6.5). */
export function onSettings(connection: Connection, frame: Frame): ConnectionError | undefined {
  const length = frame.end - frame.start
  if (frame.stream !== 0) return protocolError
  if ((frame.flags & flag.ack) !== 0) {
    if (length !== 0) return frameSizeError
    // The first frame is the settings themselves.
    if (!connection.hasSettings) return protocolError
    connection.isAcknowledged = true
    return undefined
  }
  if (length % settingBytes !== 0) return frameSizeError
  return connection.spend(cost) ?? apply(connection, frame)
}

function apply(connection: Connection, frame: Frame): ConnectionError | undefined {
  let window = connection.peerWindow
  for (let at = frame.start; at < frame.end; at += settingBytes) {
    const id = frame.bytes.readUInt16BE(at)
    const value = frame.bytes.readUInt32BE(at + 2)
    const error = check(id, value)
    if (error !== undefined) return error
    if (id === settingId.initialWindowSize) window = value
    if (id === settingId.headerTableSize) connection.limitTable(value)
  }
  connection.hasSettings = true
  connection.write(settingsAcknowledgement)
  return resizeWindows(connection, window)
}

/**
 * Other settings have no meaning for a server that sends only literals and frames of the smallest maximum, and never
 * pushes.
 */
function check(id: number, value: number): ConnectionError | undefined {
  if (id === settingId.enablePush && value > 1) return protocolError
  if (id === settingId.initialWindowSize && value > largest31) return flowControlError
  if (id !== settingId.maxFrameSize) return undefined
  return value < smallestMaxFrame || value > largestMaxFrame ? protocolError : undefined
}

/**
 * The windows of all open streams change by the difference, and may become negative (6.9.2). Windows that open little
 * by little make the server send a frame on each stream, each of which costs as one of the client (CVE-2019-9511).
 */
function resizeWindows(connection: Connection, window: number): ConnectionError | undefined {
  const difference = window - connection.peerWindow
  connection.peerWindow = window
  if (difference === 0) return undefined
  let parts = 0
  for (const stream of connection.streams.values()) {
    stream.sendWindow += difference
    if (stream.sendWindow > largest31) return flowControlError
    if (difference > 0 && sendsPart(connection, stream)) parts += 1
  }
  return connection.spend(parts + Math.floor(connection.streams.size / windowsPerFrame))
}

/** True when the stream has sent something and waits for more window. */
function sendsPart(connection: Connection, stream: Stream): boolean {
  const before = connection.sendWindow
  return !stream.sendUnsent() && connection.sendWindow < before
}

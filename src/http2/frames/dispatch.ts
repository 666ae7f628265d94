import type { Connection } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import { type ConnectionError, frameType, protocolError } from '../protocol.ts'
import { onGoaway, onPing, onPriority, onReset } from './control.ts'
import { onData } from './data.ts'
import { onContinuation, onHeaders } from './headers.ts'
import { onSettings } from './settings.ts'
import { onWindowUpdate } from './window-update.ts'

/** Takes one frame: each type has a function, and each function its section of RFC 9113, 6. */
export function takeFrame(connection: Connection, frame: Frame): ConnectionError | undefined {
  const { type } = frame
  if (!isExpected(connection, frame)) return protocolError
  if (type === frameType.data) return onData(connection, frame)
  if (type === frameType.headers) return onHeaders(connection, frame)
  return connection.spend(1) ?? takeControl(connection, frame)
}

/** The first frame is SETTINGS (3.4), and nothing is between the frames of a header block (4.3). */
function isExpected({ hasSettings, block }: Connection, { type, stream }: Frame): boolean {
  if (!hasSettings) return type === frameType.settings
  return block === undefined || (type === frameType.continuation && stream === block.stream)
}

function takeControl(connection: Connection, frame: Frame): ConnectionError | undefined {
  switch (frame.type) {
    case frameType.continuation:
      return onContinuation(connection, frame)
    case frameType.settings:
      return onSettings(connection, frame)
    case frameType.windowUpdate:
      return onWindowUpdate(connection, frame)
    case frameType.ping:
      return onPing(connection, frame)
    case frameType.rstStream:
      return onReset(connection, frame)
    case frameType.priority:
      return onPriority(connection, frame)
    case frameType.goaway:
      return onGoaway(connection, frame)
    case frameType.pushPromise:
      // Only servers push (6.6).
      return protocolError
    default:
      // Unknown types are ignored (5.5).
      return undefined
  }
}

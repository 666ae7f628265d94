import type { Frame } from '../frame-reader.ts'
import { flag } from '../protocol.ts'

/** Moves the frame's `start` and `end` to the content between its padding (RFC 9113, 6.1). False: it does not fit. */
export function stripPadding(frame: Frame): boolean {
  if ((frame.flags & flag.padded) === 0) return true
  if (frame.start >= frame.end) return false
  const padding = frame.bytes[frame.start] ?? 0
  frame.start += 1
  frame.end -= padding
  return frame.start <= frame.end
}

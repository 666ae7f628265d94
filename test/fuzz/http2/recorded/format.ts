/** Recorded sessions: one file for each client, with a line for each frame. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { preface } from '../../../faults/http2-frames.ts'
import { root } from '../../../support/folder.ts'

/** Bytes that a client wrote when the server had come so far (`progressOf`). */
export interface Part {
  readonly after: number
  readonly bytes: Buffer
}

/** One connection of a client. */
export interface Session {
  /** What the client asked for on each stream, and what it got. */
  readonly streams: Readonly<Record<string, string>>
  /** How far the server came. */
  readonly progress: number
  readonly parts: readonly Part[]
}

export interface Recording {
  /** The client and its version. */
  readonly client: string
  readonly sessions: readonly Session[]
}

const folder = join(root, 'test/golden/http2-sessions')
const extension = '.json'

export const readRecordings = (): Readonly<Record<string, Recording>> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter(file => file.endsWith(extension))
      .map(file => [
        file.slice(0, -extension.length),
        JSON.parse(readFileSync(join(folder, file), 'utf8'), (key, value) =>
          key === 'bytes' ? Buffer.from(value.join(''), 'hex') : value,
        ),
      ]),
  )

export function writeRecording(name: string, { client, sessions }: Recording): void {
  const recorded = sessions.map(({ parts, ...session }) => ({
    ...session,
    parts: parts.map(({ after, bytes }) => ({ after, bytes: framesOf(bytes) })),
  }))
  const text = JSON.stringify({ client, sessions: recorded }, null, 1)
  writeFileSync(join(folder, name + extension), `${text}\n`)
}

const frameHead = 9

/** Hexadecimal digits: the preface, each frame, and what is left. */
function framesOf(bytes: Buffer): readonly string[] {
  const lines: string[] = []
  let at = 0
  const addTo = (end: number): void => {
    lines.push(bytes.toString('hex', at, end))
    at = Math.min(end, bytes.length)
  }
  if (bytes.subarray(0, preface.length).equals(preface)) addTo(preface.length)
  while (bytes.length - at >= frameHead) addTo(at + frameHead + bytes.readUIntBE(at, 3))
  if (at < bytes.length) addTo(bytes.length)
  return lines
}

/** Replays a recorded session at the port, in pieces. */
import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parse, type Received, settle } from '../../../support/http2-peer.ts'
import { longestWait } from '../../../support/until.ts'
import type { Session } from './format.ts'
import { type Outcomes, outcomesOf, progressOf } from './outcome.ts'
import type { Port } from './port.ts'

/** Bytes that are written when the server has come so far, each piece in a later turn. */
interface Step {
  readonly after: number
  readonly pieces: readonly Buffer[]
}

export const lengthOf = ({ parts }: Session): number =>
  parts.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** The session as its client wrote it. */
export const asRecorded = ({ parts }: Session): readonly Step[] =>
  parts.map(({ after, bytes }) => ({ after, pieces: [bytes] }))

export const byteByByte = ({ parts }: Session): readonly Step[] =>
  parts.map(({ after, bytes }) => ({
    after,
    pieces: Array.from(bytes, byte => Buffer.of(byte)),
  }))

/** The session with one of its parts in two pieces. `at`: a number of bytes of the whole session. */
export function cutAt({ parts }: Session, at: number): readonly Step[] {
  let from = 0
  return parts.map(({ after, bytes }) => {
    const cut = at - from
    from += bytes.length
    const isCut = cut > 0 && cut < bytes.length
    return { after, pieces: isCut ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes] }
  })
}

/** What the client gets. `progress`: how far the server comes. */
export async function replay(
  port: Port,
  steps: readonly Step[],
  progress: number,
): Promise<Outcomes> {
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  const chunks: Buffer[] = []
  ours.on('data', (chunk: Buffer) => chunks.push(chunk))
  ours.on('error', () => undefined)
  const frames = (): readonly Received[] => parse(Buffer.concat(chunks))
  port.serve(theirs)
  for (const { after, pieces } of steps) {
    await reached(frames, after)
    for (const piece of pieces) {
      ours.write(piece)
      await settle()
    }
  }
  await reached(frames, progress)
  ours.destroy()
  await settle()
  return outcomesOf(frames())
}

async function reached(frames: () => readonly Received[], progress: number): Promise<void> {
  const end = performance.now() + longestWait
  while (progressOf(frames()) < progress) {
    if (performance.now() > end) throw new Error(`got ${JSON.stringify(outcomesOf(frames()))}`)
    await nextTurn()
  }
}

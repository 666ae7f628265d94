/** Rounds of one kind, each with a seed of its own, until the time is over. */
import type { Cleanup } from '../../support/cleanup.ts'
import { createRandom, type Random } from '../random.ts'
import { fuzzFrames } from './frames.ts'
import { fuzzHpack } from './hpack.ts'
import { readRecordings } from './recorded/format.ts'
import { fuzzSessions, recordSessions } from './sessions.ts'

export type Http2Kind = 'frames' | 'hpack' | 'sessions'

export interface Rounds {
  readonly seed: number
  /** Milliseconds. */
  readonly time: number
  readonly say: (text: string) => void
}

/** Milliseconds; a round takes some. */
const longestRound = 20_000

export async function fuzzHttp2(
  t: Cleanup,
  kind: Http2Kind,
  { seed, time, say }: Rounds,
): Promise<void> {
  const round = await roundOf(t, kind)
  const end = Date.now() + time
  let next = seed
  for (; Date.now() < end; next += 1) {
    await within(round(createRandom(next))).catch(error => {
      throw new Error(`KIND=${kind} SEED=${next} fails`, { cause: error })
    })
  }
  say(`${kind}: ${next - seed} rounds from seed ${seed}`)
}

async function roundOf(t: Cleanup, kind: Http2Kind): Promise<(random: Random) => Promise<void>> {
  if (kind === 'frames') return fuzzFrames
  if (kind === 'hpack') return fuzzHpack
  const sessions = { live: await recordSessions(t), recorded: recordedBytes() }
  return random => fuzzSessions(random, sessions)
}

/** All that each real client wrote on a connection. */
const recordedBytes = (): readonly Buffer[] =>
  Object.values(readRecordings())
    .flatMap(({ sessions }) => sessions)
    .map(({ parts }) => Buffer.concat(parts.map(({ bytes }) => bytes)))

function within(round: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the round does not end')), longestRound)
  })
  return Promise.race([round, late]).finally(() => clearTimeout(timer))
}

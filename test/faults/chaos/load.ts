/** Constant load at all doors; each answer is judged. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from '../../support/cleanup.ts'
import type { Oarlock } from '../../support/oarlock.ts'
import { type AskDoor, type DoorName, doorNames, openDoor } from './doors.ts'
import { type Question, verdictOn } from './questions.ts'

export interface Load {
  /** How often each verdict was given at each door, such as `proxy allowed`. */
  readonly tally: ReadonlyMap<string, number>
  /** Answers that must never be, and connections that broke when nothing should have broken them. */
  readonly wrong: readonly string[]
  /** From now on, for some time, connections may break: something at their end was killed. */
  readonly mayBreak: () => void
  readonly end: () => Promise<void>
}

const clientsPerDoor = 4
/** Milliseconds until what was killed is noticed everywhere. */
const aftermath = 3000

export function startLoad(t: Cleanup, oarlock: Oarlock, questions: readonly Question[]): Load {
  const tally = new Map<string, number>()
  const wrong: string[] = []
  let killed = Number.NEGATIVE_INFINITY
  let isOn = true
  const note = (door: DoorName, verdict: string, what: string): void => {
    const key = `${door} ${verdict}`
    tally.set(key, (tally.get(key) ?? 0) + 1)
    const isRight = verdict === 'allowed' || verdict === 'denied'
    const since = performance.now() - killed
    const isExcused = verdict === 'broken' && since < aftermath && !/no answer/.test(what)
    if (!isRight && !isExcused) {
      wrong.push(`${door}: ${verdict} ${what}, ${Math.round(since)} ms after the last kill`)
    }
  }
  const client = async (door: DoorName, ask: AskDoor, start: number): Promise<void> => {
    for (let i = start; isOn; i++) {
      const question = questions[i % questions.length] as Question
      const outcome = await ask(question)
      const what = outcome.kind === 'broken' ? outcome.what : ''
      note(door, await verdictOn(question, outcome), what)
      // It is asked again on another connection.
      if (outcome.kind === 'broken') await wait(20)
    }
  }
  t.after(() => {
    isOn = false
  })
  const clients = doorNames.flatMap(door =>
    Array.from({ length: clientsPerDoor }, (_, i) =>
      client(door, openDoor[door](t, oarlock), i * 23).catch((error: Error) => {
        wrong.push(`${door}: ${error.message}`)
      }),
    ),
  )
  return {
    tally,
    wrong,
    mayBreak: () => {
      killed = performance.now()
    },
    end: async () => {
      isOn = false
      await Promise.all(clients)
    },
  }
}

/** Constant load at all doors; each answer is compared with the expected one. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from '../../support/cleanup.ts'
import type { Oarlock } from '../../support/oarlock.ts'
import { type AskDoor, type DoorName, doorNames, openDoor } from './doors.ts'
import { type Question, resultOf } from './questions.ts'

export interface Load {
  /** How often each outcome occurred at each door, such as `proxy allowed`. */
  readonly tally: ReadonlyMap<string, number>
  /** Wrong answers, and connections that broke at a time when none may break. */
  readonly wrong: readonly string[]
  /** From now on connections may break for some time: a process at their other end was killed. */
  readonly mayBreak: () => void
  readonly end: () => Promise<void>
}

const clientsPerDoor = 4
/** Milliseconds until a killed process is noticed everywhere. */
const aftermath = 3000

export function startLoad(t: Cleanup, oarlock: Oarlock, questions: readonly Question[]): Load {
  const tally = new Map<string, number>()
  const wrong: string[] = []
  let killed = Number.NEGATIVE_INFINITY
  let isOn = true
  const note = (door: DoorName, result: string, what: string): void => {
    const key = `${door} ${result}`
    tally.set(key, (tally.get(key) ?? 0) + 1)
    const isRight = result === 'allowed' || result === 'denied'
    const since = performance.now() - killed
    const isExcused = result === 'broken' && since < aftermath && !/no answer/.test(what)
    if (!isRight && !isExcused) {
      wrong.push(`${door}: ${result} ${what}, ${Math.round(since)} ms after the last kill`)
    }
  }
  const client = async (door: DoorName, ask: AskDoor, start: number): Promise<void> => {
    for (let i = start; isOn; i++) {
      const question = questions[i % questions.length] as Question
      const outcome = await ask(question)
      const what = outcome.kind === 'broken' ? outcome.what : ''
      note(door, await resultOf(question, outcome), what)
      // The request is sent again on another connection.
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

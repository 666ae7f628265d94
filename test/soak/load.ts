/** Half of the load that a machine can carry, at all doors: each client pauses as long as it waited. */
import { setTimeout as wait } from 'node:timers/promises'
import { type DoorName, doorNames, openDoor } from '../faults/chaos/doors.ts'
import { type Question, resultOf } from '../faults/chaos/questions.ts'
import type { Cleanup } from '../support/cleanup.ts'
import type { Oarlock } from '../support/oarlock.ts'

export interface Load {
  readonly counts: () => { readonly answers: number; readonly wrong: number }
  /** The first ones. */
  readonly wrong: readonly string[]
  readonly end: () => Promise<void>
}

const clientsPerDoor = 4
const kept = 20

export function startLoad(t: Cleanup, oarlock: Oarlock, questions: readonly Question[]): Load {
  const wrong: string[] = []
  let [answers, wrongs] = [0, 0]
  let isOn = true
  const note = (door: DoorName, question: Question, result: string): void => {
    answers += 1
    if (result === (question.caller === undefined ? 'denied' : 'allowed')) return
    wrongs += 1
    if (wrong.length < kept) wrong.push(`${door} ${question.area}: ${result}`)
  }
  const client = async (door: DoorName, start: number): Promise<void> => {
    const ask = openDoor[door](t, oarlock)
    for (let i = start; isOn; i++) {
      const question = questions[i % questions.length] as Question
      const began = performance.now()
      const outcome = await ask(question).catch(
        (error: Error) => ({ kind: 'broken', what: error.message }) as const,
      )
      note(door, question, await resultOf(question, outcome))
      await wait(performance.now() - began)
    }
  }
  const clients = doorNames.flatMap(door =>
    Array.from({ length: clientsPerDoor }, (_, i) => client(door, i * 23)),
  )
  return {
    counts: () => ({ answers, wrong: wrongs }),
    wrong,
    end: async () => {
      isOn = false
      await Promise.all(clients)
    },
  }
}

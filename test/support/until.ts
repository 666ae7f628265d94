import { setTimeout as wait } from 'node:timers/promises'

const patience = 8000

/** Waits until it holds, looking often; throws when it never does. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never saw that ${what}`)
    await wait(5)
  }
}

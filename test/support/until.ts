import { setTimeout as wait } from 'node:timers/promises'

const longestWait = 8000

/** Waits until the condition is true, checking it often; throws when it stays false. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + longestWait
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not see that ${what}`)
    await wait(5)
  }
}

import { guarded } from './guarded.ts'

/**
 * Returns a function that collects tasks and runs them in order at the end of the current turn of the event
 * loop. An exception of one task is reported as a bug, and the others still run.
 *
 * For answers to many sockets: when they are written one by one between reads, each write wakes the peer's
 * thread; when they are written together, only the first does. This halves the cost of a write to a proxy on
 * the same machine.
 */
export function createWriteBatch(): (task: () => void) => void {
  let tasks: (() => void)[] = []
  const runAll = (): void => {
    const due = tasks
    tasks = []
    for (const task of due) guarded(task)()
  }
  return task => {
    if (tasks.push(task) === 1) setImmediate(runAll)
  }
}

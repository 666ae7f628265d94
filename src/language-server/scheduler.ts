/** When files are checked: after the last change, one at a time, and never for an older text than the current one. */
import type { Checked, Job, Outcome, Tested } from './worker/messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface SchedulerOptions {
  readonly worker: WorkerProcess
  readonly jobOf: (kind: Job['kind'], file: string) => Omit<Job, 'id'>
  /** Returns the files whose current text was checked. */
  readonly onChecked: (file: string, checked: Checked) => readonly string[]
  readonly onFailed: (file: string, reason: string) => void
}

export interface Scheduler {
  /** Its text, or that of a file that belongs to it, has changed. */
  readonly changed: (file: string) => void
  readonly closed: (file: string) => void
  /** Comes before checks. */
  readonly test: (file: string) => Promise<Tested | string>
  readonly close: () => void
}

interface Running {
  readonly file: string
  isStale: boolean
  readonly run: () => Promise<void>
}

/** Milliseconds after the last change. */
const pause = 200
/** A check of a text that has changed since is ended after this time. */
const patience = 1000

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { worker, jobOf } = options
  const timers = new Map<string, NodeJS.Timeout>()
  const due = new Set<string>()
  const tests: (() => Promise<void>)[] = []
  let current: Running | undefined
  let isClosed = false

  const changed = (file: string): void => {
    clearTimeout(timers.get(file))
    timers.set(
      file,
      setTimeout(() => {
        timers.delete(file)
        due.add(file)
        void runNext()
      }, pause),
    )
    if (current?.file === file) makeStale(current)
  }

  function makeStale(running: Running): void {
    if (running.isStale) return
    running.isStale = true
    setTimeout(() => {
      if (current === running) worker.stop()
    }, patience).unref()
  }

  async function runNext(): Promise<void> {
    const next = current === undefined && !isClosed ? takeNext() : undefined
    if (next === undefined) return
    current = next
    await next.run()
    current = undefined
    void runNext()
  }

  function takeNext(): Running | undefined {
    const test = tests.shift()
    if (test !== undefined) return { file: '', isStale: false, run: test }
    const [file] = due
    if (file === undefined) return undefined
    due.delete(file)
    const running: Running = { file, isStale: false, run: () => check(file, running) }
    return running
  }

  async function check(file: string, running: Running): Promise<void> {
    const { checked, failed } = await worker.run(jobOf('check', file))
    if (running.isStale || isClosed) return
    if (checked !== undefined) for (const one of options.onChecked(file, checked)) due.delete(one)
    if (failed !== undefined) options.onFailed(file, failed)
  }

  return {
    changed,
    closed: file => {
      clearTimeout(timers.get(file))
      timers.delete(file)
      due.delete(file)
    },
    test: file =>
      new Promise(resolve => {
        tests.push(async () => resolve(testedOf(await worker.run(jobOf('test', file)))))
        void runNext()
      }),
    close: () => {
      isClosed = true
      for (const timer of timers.values()) clearTimeout(timer)
      worker.stop()
    },
  }
}

const testedOf = ({ tested, failed = 'the tests were not run' }: Outcome): Tested | string =>
  tested ?? failed

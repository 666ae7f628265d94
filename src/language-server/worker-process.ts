/** The process that checks files. It is started for the first job, and again after it ended. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../lib/package-root.ts'
import type { Job, Outcome } from './worker/messages.ts'

export interface WorkerProcess {
  /** One at a time. Never rejects. */
  readonly run: (job: Omit<Job, 'id'>) => Promise<Outcome>
  /** Ends the process: the job in progress fails. */
  readonly stop: () => void
}

/** Milliseconds. */
const longest = 60_000
/** In MiB. */
const heap = 1024

export function createWorkerProcess(): WorkerProcess {
  let child: ChildProcess | undefined
  let last = 0
  const stop = (): void => {
    child?.kill('SIGKILL')
    child = undefined
  }
  return {
    stop,
    run: job => {
      const id = ++last
      const running = child ?? start()
      child = running
      return new Promise(resolve => {
        const end = (outcome: Outcome): void => {
          clearTimeout(timer)
          running.off('message', onMessage).off('exit', onExit).off('error', onExit)
          resolve(outcome)
        }
        const timer = setTimeout(() => {
          stop()
          end({ id, failed: `the check took longer than ${longest / 1000} s` })
        }, longest)
        const onMessage = (outcome: Outcome): void => {
          if (outcome.id === id) end(outcome)
        }
        const onExit = (): void => {
          if (child === running) child = undefined
          end({ id, failed: 'the check was stopped' })
        }
        running.on('message', onMessage).on('exit', onExit).on('error', onExit)
        running.send({ ...job, id }, error => error && onExit())
      })
    },
  }
}

function start(): ChildProcess {
  const child = fork(
    fileURLToPath(new URL('dist/main.js', packageRoot)),
    ['language-server-worker'],
    {
      execArgv: [`--max-old-space-size=${heap}`],
      serialization: 'advanced',
      // Standard output belongs to the protocol. Our streams are not handed on: who waits for their end waits for us alone.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  child.stderr?.pipe(process.stderr, { end: false })
  child.on('error', () => undefined)
  return child
}

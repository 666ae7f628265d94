/** The process that checks files: no other machine is called, and nothing is written. Ends when the server ends. */
import { useOpenTexts } from '../../lib/open-texts.ts'
import { limitReach } from '../../lib/reach.ts'
import { checkFile } from './check-file.ts'
import type { Job, Outcome } from './messages.ts'
import { runTestFile } from './run-test-file.ts'

export async function runChecks(): Promise<void> {
  limitReach({ isOffline: true })
  process.on('message', (job: Job) => void answer(job))
  if (process.connected) await new Promise(resolve => process.once('disconnect', resolve))
  // A thread that waits for a pipe which nobody writes would keep the process.
  process.kill(process.pid, 'SIGKILL')
}

/** One job at a time is given. */
async function answer(job: Job): Promise<void> {
  useOpenTexts(job.texts)
  process.send?.(await outcomeOf(job))
}

async function outcomeOf(job: Job): Promise<Outcome> {
  const { id } = job
  try {
    return job.kind === 'check'
      ? { id, checked: await checkFile(job) }
      : { id, tested: await runTestFile(job) }
  } catch (error) {
    return { id, failed: error instanceof Error ? error.message : String(error) }
  }
}

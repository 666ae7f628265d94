/** Runs again when one of the files changes, until the command is interrupted. */
import { stat } from 'node:fs/promises'
import { stopSignal } from '../../app/signals.ts'
import { watchPath } from '../../lib/watch-path.ts'
import { exitCode } from '../exit-codes.ts'

const hour = 3_600_000

/** `run` returns further files to watch. */
export async function watchTests(
  files: readonly string[],
  run: () => Promise<readonly string[]>,
): Promise<number> {
  const watched = new Map<string, () => void>()
  const watch = (file: string): boolean => {
    if (watched.has(file)) return false
    watched.set(file, watchPath(file, again))
    return true
  }
  let running: Promise<void> = Promise.resolve()
  const again = (): void => {
    running = running.then(async () => {
      const began = Date.now()
      const added = (await run()).filter(watch)
      // It may have changed after it was read, and before it was watched.
      if ((await Promise.all(added.map(changedAt))).some(time => time >= began)) again()
    })
  }
  for (const file of files) watch(file)
  again()
  // Watches do not keep the process.
  const awake = setInterval(() => undefined, hour)
  await stopSignal()
  clearInterval(awake)
  for (const end of watched.values()) end()
  return exitCode.fine
}

/** Milliseconds since the epoch; 0: the file does not exist. */
const changedAt = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

/** Runs again when one of the files changes, until the command is interrupted. */
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
  let running: Promise<void> = Promise.resolve()
  const again = (): void => {
    running = running.then(async () => {
      for (const file of [...files, ...(await run())]) {
        if (!watched.has(file)) watched.set(file, watchPath(file, again))
      }
    })
  }
  again()
  // Watches do not keep the process.
  const awake = setInterval(() => undefined, hour)
  await stopSignal()
  clearInterval(awake)
  for (const end of watched.values()) end()
  return exitCode.fine
}

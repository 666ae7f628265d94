/** Where a sink writes: a stream that stays, or a file that may be moved away by a program that rotates logs. */
import { close, fstatSync, open, openSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface SinkTarget {
  readonly descriptor: () => number
  /** Opens the file again if another one, or none, is at its path now. Never rejects. */
  readonly follow: () => Promise<void>
  readonly close: () => void
}

export const standardStream = (descriptor: 1 | 2): SinkTarget => ({
  descriptor: () => descriptor,
  follow: async () => undefined,
  close: () => undefined,
})

/** Milliseconds between two looks. */
const interval = 1000
const openAgain = promisify(open)
const ignore = (): void => undefined

/** Opens for appending. Throws when the file cannot be opened. */
export function openTarget(file: string): SinkTarget {
  let descriptor = openSync(file, 'a')
  let opened = fstatSync(descriptor)
  let looked = performance.now()
  const reopen = async (): Promise<void> => {
    const found = await stat(file).catch(ignore)
    if (found !== undefined && isSame(found, opened)) return
    const next = await openAgain(file, 'a')
    close(descriptor, ignore)
    descriptor = next
    opened = fstatSync(next)
  }
  return {
    descriptor: () => descriptor,
    follow: async () => {
      if (performance.now() - looked < interval) return
      looked = performance.now()
      // Where it cannot be opened, lines go on to the file that is open, and the next look tries again.
      await reopen().catch(ignore)
    },
    close: () => close(descriptor, ignore),
  }
}

const isSame = (one: Stats, other: Stats): boolean => one.ino === other.ino && one.dev === other.dev

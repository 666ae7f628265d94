import type { Cleanup } from '../support/cleanup.ts'

/** For helpers of tests: what they started ends with `use`, the last first. */
export async function withCleanup<T>(use: (t: Cleanup) => Promise<T>): Promise<T> {
  const ends: (() => void | Promise<void>)[] = []
  try {
    return await use({ after: end => void ends.unshift(end) })
  } finally {
    for (const end of ends) await end()
  }
}

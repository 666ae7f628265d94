import { readFile, stat } from 'node:fs/promises'
import { openTextOf } from '../../lib/open-texts.ts'
import { readablePath } from '../../lib/reach.ts'

/** The text of a regular file of at most so many bytes; empty when it cannot be read. */
export const readBounded = async (named: string, most: number): Promise<string> =>
  (await readIfPossible(named, most)) ?? ''

/** undefined when it cannot be read. A pipe could block, and a device may never end. */
export async function readIfPossible(named: string, most: number): Promise<string | undefined> {
  const open = openTextOf(named)
  if (open !== undefined) return open.length <= most ? open : undefined
  try {
    const path = readablePath(named)
    const found = await stat(path)
    return found.isFile() && found.size <= most ? await readFile(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

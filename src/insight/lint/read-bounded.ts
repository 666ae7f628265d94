import { readFile, stat } from 'node:fs/promises'

/** The text of a regular file of at most so many bytes; empty when it cannot be read. A pipe could block, and a device may never end. */
export async function readBounded(path: string, most: number): Promise<string> {
  try {
    const found = await stat(path)
    return found.isFile() && found.size <= most ? await readFile(path, 'utf8') : ''
  } catch {
    return ''
  }
}

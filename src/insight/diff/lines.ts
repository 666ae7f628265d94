/** The lines of a file, or of standard input (`-`), one at a time. */
import { createReadStream } from 'node:fs'
import { readablePath } from '../../lib/reach.ts'

/** In bytes; a longer line is not a request. */
const longest = 1024 * 1024

/** Yields each line with its number. Throws the file system's errors, and a RangeError for a line that is too long. */
export async function* linesOf(
  file: string,
): AsyncGenerator<readonly [line: string, number: number]> {
  let rest = ''
  let number = 0
  const input =
    file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(readablePath(file), 'utf8')
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield [line.trim(), ++number]
    if (rest.length > longest)
      throw new RangeError(`${file}: line ${number + 1} is longer than ${longest} bytes`)
  }
  if (rest.trim() !== '') yield [rest.trim(), number + 1]
}

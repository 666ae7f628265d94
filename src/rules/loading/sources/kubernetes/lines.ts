import type { Readable } from 'node:stream'

/** The longest line: an event holds one resource, and a server accepts at most 1.5 MiB. */
const longestLine = 4 * 2 ** 20

/**
 * Yields lines as they arrive. A line that is too long yields undefined and ends the iteration. Text after the last
 * newline is dropped; a broken stream counts as ended.
 */
export async function* linesOf(body: Readable): AsyncGenerator<Buffer | undefined> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of untilBroken(body)) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)])
      rest = []
      size = 0
      from = end + 1
    }
    rest.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > longestLine) return yield undefined
  }
}

async function* untilBroken(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch {
    return
  }
}

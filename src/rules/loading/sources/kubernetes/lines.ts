import type { Readable } from 'node:stream'

/** The longest line: an event holds one resource, and a server takes none above 1.5 MiB. */
const longestLine = 4 * 2 ** 20

/**
 * Lines as they come, and undefined, the last, for one that is too long. What follows the last newline is
 * dropped; a stream that breaks is one that ends.
 */
export async function* linesOf(body: Readable): AsyncGenerator<string | undefined> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of untilBroken(body)) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString()
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

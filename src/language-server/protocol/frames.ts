/**
 * Reads messages with `Content-Length` in front, as the protocol frames them, with bounds: vscode-jsonrpc's own reader
 * keeps whatever comes. After something that is not a message, it looks for the next header.
 */

export interface FrameHandler {
  readonly onMessage: (body: Buffer) => void
  /** Something that cannot be read was left out. */
  readonly onProblem: (reason: string) => void
}

/** A document of 10 MB and its escapes fit. */
export const mostBytes = 32 * 1024 * 1024
const mostHeader = 4096

const end = Buffer.from('\r\n\r\n')
const name = 'content-length:'

/** Returns a function that takes what comes. */
export function createFrames(handler: FrameHandler): (chunk: Buffer) => void {
  let header = Buffer.alloc(0)
  /** The next header is looked for. */
  let isLost = false
  let body: { readonly chunks: Buffer[]; left: number; readonly isSkipped: boolean } | undefined

  function takeHeader(chunk: Buffer): Buffer {
    const before = header.length
    const joined = Buffer.concat([header, chunk])
    const at = joined.indexOf(end, Math.max(0, before - end.length))
    if (at < 0 || at > mostHeader) {
      if (joined.length <= mostHeader) {
        header = joined
        return Buffer.alloc(0)
      }
      return restart(joined)
    }
    header = Buffer.alloc(0)
    begin(joined.subarray(0, at).toString('latin1'))
    return joined.subarray(at + end.length)
  }

  /** What is behind the name of the next header, if there is one. */
  function restart(joined: Buffer): Buffer {
    const at = joined.toString('latin1').toLowerCase().indexOf(name, 1)
    if (header.length === 0 || !isLost)
      handler.onProblem(`a header of more than ${mostHeader} bytes`)
    isLost = true
    header = Buffer.alloc(0)
    if (at > 0) return joined.subarray(at)
    header = Buffer.from(joined.subarray(-name.length))
    return Buffer.alloc(0)
  }
  function begin(text: string): void {
    const length = lengthIn(text)
    isLost = false
    if (length === undefined || length === 0) {
      handler.onProblem('a header without a valid Content-Length')
      return
    }
    const isSkipped = length > mostBytes
    if (isSkipped) handler.onProblem(`a message of ${length} bytes, expected at most ${mostBytes}`)
    body = { chunks: [], left: length, isSkipped }
  }

  function takeBody(chunk: Buffer): Buffer {
    if (body === undefined) return chunk
    const taken = chunk.subarray(0, body.left)
    body.left -= taken.length
    if (!body.isSkipped) body.chunks.push(taken)
    if (body.left === 0) {
      const { chunks, isSkipped } = body
      body = undefined
      if (!isSkipped) handler.onMessage(Buffer.concat(chunks))
    }
    return chunk.subarray(taken.length)
  }

  return chunk => {
    let rest = chunk
    while (rest.length > 0) rest = body === undefined ? takeHeader(rest) : takeBody(rest)
  }
}

/** The last one, since what was left out may stand before it. */
function lengthIn(header: string): number | undefined {
  const written =
    [...header.matchAll(/content-length:[ \t]*([^\r\n]*)/gi)].at(-1)?.[1]?.trim() ?? ''
  return /^\d{1,15}$/.test(written) ? Number(written) : undefined
}

import type { BodyStream } from '../../../outbound/http.ts'

/** A body that is read once and can be sent several times. */
export interface Replay {
  /** Starts from the beginning: first what was read before, then the rest. Rejects when the body is too long. */
  readonly open: () => BodyStream
  readonly isTooLong: () => boolean
}

/** Reads nothing before the first `open`; keeps up to `limit` bytes for a retry. */
export function createReplay(source: AsyncIterable<Buffer>, limit: number): Replay {
  const kept: Buffer[] = []
  const reader = source[Symbol.asyncIterator]()
  let size = 0
  let ended = false
  let pending: Promise<void> | undefined

  async function read(): Promise<void> {
    const { done, value } = await reader.next()
    if (done) ended = true
    else {
      kept.push(value)
      size += value.length
    }
  }
  /** Shared by all attempts, so that bytes requested by an aborted attempt are not lost. */
  function more(): Promise<void> {
    pending ??= read().finally(() => {
      pending = undefined
    })
    return pending
  }
  async function chunkAt(position: number): Promise<Buffer | undefined> {
    while (position >= kept.length && !ended) await more()
    if (size > limit) throw new Error('the body is too long')
    return kept[position]
  }
  async function* open(): AsyncGenerator<Buffer> {
    for (let position = 0; ; position++) {
      const chunk = await chunkAt(position)
      if (chunk === undefined) return
      yield chunk
    }
  }
  return { open, isTooLong: () => size > limit }
}

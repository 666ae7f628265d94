/** Reads the body of a request that the application reads afterwards: it is put back before the stream ends. */
import type { IncomingMessage } from 'node:http'
import { guarded } from '../../../lib/guarded.ts'
import { createKeptBytes } from '../../../lib/kept-bytes.ts'
import type { RequestBody } from '../../../model/request.ts'
import { announcedBody, withheldBody } from '../../request/withheld-body.ts'

type Whole = Awaited<ReturnType<RequestBody['bytes']>>

/** `limit`: most bytes. A body that was read before, or whose end cannot be seen, counts as withheld. */
export function readableBody(incoming: IncomingMessage, limit: number): RequestBody {
  const before = putBack in incoming ? (incoming[putBack] as number) : undefined
  const isFresh = !incoming.readableDidRead || before !== undefined
  if (!isFresh || incoming.readableEnded || incoming.destroyed) return withheldBody
  const length = before ?? announcedBody(incoming.rawHeaders)
  // HTTP/2 shows the end of a body only to a reader that then cannot put it back.
  if (incoming.httpVersionMajor > 1 && typeof length !== 'number') return withheldBody
  let reading: Promise<Whole> | undefined
  const whole = (): Promise<Whole> => {
    reading ??= readAndPutBack({ incoming, limit, length })
    return reading
  }
  const bytes: RequestBody['bytes'] = async most => {
    const found = await whole()
    const complete = found.complete && found.bytes.length <= most
    return { bytes: found.bytes.subarray(0, most), complete }
  }
  async function* stream(): AsyncGenerator<Buffer> {
    const found = await whole()
    if (found.bytes.length > 0) yield found.bytes
    if (!found.complete) throw new RangeError('the body is too long to be kept')
  }
  return { isPartial: false, bytes, stream }
}

/** On a request whose body was read here and put back: its length. Another guard may read it again, if it is still whole. */
const putBack = Symbol('length of the body that was put back')

interface Reading {
  readonly incoming: IncomingMessage
  readonly limit: number
  /** A number: nothing else is the whole body. */
  readonly length: ReturnType<typeof announcedBody>
}

/**
 * Rejects when the connection breaks before the end of the body. A body that is too long is not put back, and the bytes
 * are more than the limit.
 */
function readAndPutBack({ incoming, limit, length }: Reading): Promise<Whole> {
  const kept = createKeptBytes()
  const takeBuffered = (): void => {
    while (incoming.readableLength > 0 && kept.length() <= limit) {
      const chunk = incoming.read() as Buffer | null
      if (chunk === null) return
      kept.add(chunk)
    }
  }
  /** undefined: more is to come. Puts back in the turn of the last read, before the stream emits its end. */
  const settle = (): Whole | undefined => {
    const size = kept.length()
    if (size > limit) return { bytes: kept.joined(), complete: false }
    if (!incoming.complete && size !== length) return undefined
    const bytes = kept.joined()
    if (size > 0) incoming.unshift(bytes)
    if (typeof length === 'number' && size !== length)
      throw new Error('a part of the body was read')
    Object.defineProperty(incoming, putBack, { value: size, configurable: true })
    return { bytes, complete: true }
  }
  return new Promise((resolve, reject) => {
    let isOver = false
    const end = (settled: () => void): void => {
      isOver = true
      incoming.removeListener('readable', advance)
      for (const event of ends) incoming.removeListener(event, breakOff)
      settled()
    }
    const fail = (reason: unknown): void => end(() => reject(reason))
    const advance = guarded(() => {
      takeBuffered()
      const found = settle()
      if (found !== undefined) end(() => resolve(found))
    }, fail)
    const breakOff = guarded(() => fail(new Error('the connection ended before the body')))
    advance()
    // A listener makes a stream that is complete and empty emit its end before the application listens.
    if (isOver) return
    incoming.on('readable', advance)
    for (const event of ends) incoming.on(event, breakOff)
  })
}

const ends = ['error', 'close'] as const

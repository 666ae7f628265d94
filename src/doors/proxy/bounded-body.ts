import { type Readable, Transform } from 'node:stream'

/** Of the error that ends a body which is longer than it may be. */
export const tooLongCode = 'OARLOCK_BODY_TOO_LONG'

/** The same bytes, and an error instead of those beyond the limit: its length was not announced. */
export function bounded(body: Readable, limit: number): Readable {
  let size = 0
  const counter = new Transform({
    transform: (chunk: Buffer, _, done) => {
      size += chunk.length
      if (size > limit) done(tooLong(limit))
      else done(null, chunk)
    },
  })
  body.once('error', error => counter.destroy(error))
  counter.once('close', () => body.unpipe(counter))
  return body.pipe(counter)
}

const tooLong = (limit: number): Error =>
  Object.assign(new Error(`the body is longer than ${limit} bytes`), { code: tooLongCode })

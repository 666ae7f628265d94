import { constants, type ServerHttp2Stream } from 'node:http2'
import { guarded, reportBug } from '../../../../lib/guarded.ts'

/** Wraps a callback of a call: an exception is reported as a bug and resets only this stream. */
export const onStream = <Args extends readonly unknown[]>(
  stream: ServerHttp2Stream,
  run: (...args: Args) => void,
): ((...args: Args) => void) =>
  guarded(run, bug => {
    reportBug(bug)
    stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  })

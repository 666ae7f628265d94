import { constants, type ServerHttp2Stream } from 'node:http2'
import { guarded, reportBug } from '../../../lib/guarded.ts'

/** A callback for events of a call: what it throws is reported as a bug, and resets this stream alone. */
export const onStream = <Args extends readonly unknown[]>(
  stream: ServerHttp2Stream,
  run: (...args: Args) => void,
): ((...args: Args) => void) =>
  guarded(run, bug => {
    reportBug(bug)
    stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  })

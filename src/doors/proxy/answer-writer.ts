/** Writes an upstream's answer to the client as it is received. */

import type { ServerResponse } from 'node:http'
import { guarded, type OnBug } from '../../lib/guarded.ts'
import { headerPairs } from '../../lib/header-pairs.ts'
import type { CheckedAnswer } from './answer-check.ts'
import { answerHeaders, withoutLength } from './answer-headers.ts'
import { detectContentType } from './detect-content-type.ts'

export interface AnswerWriter {
  readonly begin: (answer: CheckedAnswer) => void
  /** `full`: wait for `drain` before the next chunk. `too_long`: longer than the announced Content-Length. */
  readonly write: (chunk: Buffer) => 'taken' | 'full' | 'too_long'
  /** Trailers are flat and checked. */
  readonly end: (trailers: readonly string[]) => void
}

export function createAnswerWriter(response: ServerResponse, onBug: OnBug): AnswerWriter {
  /** The head of an answer without a Content-Type, until its first bytes are received. */
  let waiting: { readonly status: number; readonly flat: string[] } | undefined
  let left = Number.POSITIVE_INFINITY
  const begin = (status: number, flat: readonly string[]): void => {
    response.writeHead(status, flat as string[])
    // An event stream may begin long before its first event.
    setImmediate(
      guarded(() => {
        if (!response.writableEnded && !response.destroyed) response.flushHeaders()
      }, onBug),
    )
  }
  return {
    begin: ({ status, headers, length }) => {
      const lines = status === 204 ? withoutLength(headers) : headers
      const announcesTrailers =
        length === undefined && !isBodiless(status) && takesTrailers(response)
      const { flat, hasType } = answerHeaders(lines, response, announcesTrailers)
      if (length !== undefined) left = length
      if (hasType || isBodiless(status)) begin(status, flat)
      else waiting = { status, flat }
    },
    write: chunk => {
      left -= chunk.length
      if (left < 0) return 'too_long'
      if (waiting !== undefined) {
        const { status, flat } = waiting
        waiting = undefined
        begin(status, [...flat, 'Content-Type', detectContentType(chunk)])
      }
      return response.write(chunk) ? 'taken' : 'full'
    },
    end: trailers => {
      if (waiting !== undefined) response.writeHead(waiting.status, waiting.flat)
      // A body with a Content-Length cannot have trailers.
      if (trailers.length > 0 && left === Number.POSITIVE_INFINITY) {
        response.addTrailers(headerPairs(trailers) as never)
      }
      response.end()
    },
  }
}

/** Node throws for trailers without a chunked body, as in answers to HEAD and to HTTP/1.0. */
const takesTrailers = ({ req }: ServerResponse): boolean =>
  req.method !== 'HEAD' && req.httpVersion !== '1.0'

const isBodiless = (status: number): boolean => status === 204 || status === 304

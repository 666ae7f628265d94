/** Writes an upstream's answer to the client as it is received. */

import type { ServerResponse } from 'node:http'
import { guarded, type OnBug } from '../../lib/guarded.ts'
import { headerPairs } from '../../lib/header-pairs.ts'
import type { HeaderMap } from '../../model/headers.ts'
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

export interface WritingOptions {
  /** Runs the task at the end of the current turn of the event loop. */
  readonly writeBatch: (task: () => void) => void
  readonly onBug: OnBug
  /** What the rule sets in the answer. */
  readonly own: HeaderMap
}

/** What is not written yet: an answer that is complete within one turn is one write. */
interface Head {
  readonly status: number
  readonly flat: readonly string[]
  readonly hasType: boolean
  /** The first bytes of the body. */
  chunk: Buffer | undefined
  isWhole: boolean
}

/** Longest body that is written as one string with its head, in bytes; copying longer ones costs more than it saves. */
const mostJoined = 16_384

export function createAnswerWriter(
  response: ServerResponse,
  { writeBatch, onBug, own }: WritingOptions,
): AnswerWriter {
  let head: Head | undefined
  let left = Number.POSITIVE_INFINITY
  /** Without a Content-Type the head waits for the first bytes of the body. */
  const isReady = ({ status, hasType, chunk, isWhole }: Head): boolean =>
    hasType || isBodiless(status) || chunk !== undefined || isWhole
  const flush = (): boolean => {
    if (head === undefined || !isReady(head) || response.headersSent || response.destroyed) {
      return true
    }
    const { status, chunk, isWhole } = head
    response.writeHead(status, linesOf(head) as string[])
    head = undefined
    if (isWhole) return endWith(response, chunk)
    if (chunk !== undefined) return response.write(chunk)
    // An event stream may begin long before its first event.
    response.flushHeaders()
    return true
  }
  const flushLater = (): void =>
    writeBatch(
      guarded(flush, bug => {
        response.destroy()
        onBug(bug)
      }),
    )
  return {
    begin: ({ status, headers, length }) => {
      const lines = status === 204 ? withoutLength(headers) : headers
      const announcesTrailers =
        length === undefined && !isBodiless(status) && takesTrailers(response)
      const { flat, hasType } = answerHeaders(lines, { response, announcesTrailers, own })
      if (length !== undefined) left = length
      head = { status, flat, hasType, chunk: undefined, isWhole: false }
      flushLater()
    },
    write: chunk => {
      left -= chunk.length
      if (left < 0) return 'too_long'
      if (head !== undefined && head.chunk === undefined) {
        const isLate = !isReady(head)
        head.chunk = chunk
        if (isLate) flushLater()
        return 'taken'
      }
      flush()
      return response.write(chunk) ? 'taken' : 'full'
    },
    end: trailers => {
      // A body with a Content-Length cannot have trailers.
      if (trailers.length > 0 && left === Number.POSITIVE_INFINITY) {
        response.addTrailers(headerPairs(trailers) as never)
      }
      if (head === undefined) return void response.end()
      const isLate = !isReady(head)
      head.isWhole = true
      if (isLate) flushLater()
    },
  }
}

const linesOf = ({ flat, hasType, status, chunk }: Head): readonly string[] =>
  hasType || isBodiless(status) || chunk === undefined
    ? flat
    : [...flat, 'Content-Type', detectContentType(chunk)]

/** Node joins a string with the head, and writes a Buffer separately, which costs twice as much. */
function endWith(response: ServerResponse, chunk: Buffer | undefined): boolean {
  if (chunk === undefined) response.end()
  else if (chunk.length <= mostJoined) response.end(chunk.toString('latin1'), 'latin1')
  else response.end(chunk)
  return true
}

/** Node throws for trailers without a chunked body, as in answers to HEAD and to HTTP/1.0. */
const takesTrailers = ({ req }: ServerResponse): boolean =>
  req.method !== 'HEAD' && req.httpVersion !== '1.0'

const isBodiless = (status: number): boolean => status === 204 || status === 304

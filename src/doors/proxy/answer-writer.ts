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
  /** False: the answer is longer than the announced Content-Length. */
  readonly write: (chunk: Buffer) => boolean
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

export interface FullEvent {
  /** The client has to read before more is written: `drain` follows. */
  readonly onFull: () => void
}

interface Head {
  readonly status: number
  readonly flat: readonly string[]
  readonly hasType: boolean
}

/** Longest body that is written as one string with its head, in bytes; copying longer ones costs more than it saves. */
const mostJoined = 16_384

/**
 * What arrives within one turn of the event loop is one write: an answer that is complete, and the small chunks of one
 * that an upstream sends byte by byte.
 */
export function createAnswerWriter(
  response: ServerResponse,
  { writeBatch, onBug, own, onFull }: WritingOptions & FullEvent,
): AnswerWriter {
  let head: Head | undefined
  let left = Number.POSITIVE_INFINITY
  /** Bytes that are not written yet. */
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let isWhole = false
  let isBodyDropped = false
  let isDue = false
  /** Without a Content-Type the head waits for the first bytes of the body. */
  const isReady = ({ status, hasType }: Head): boolean =>
    hasType || isBodiless(status) || waitingBytes > 0 || isWhole
  const mayBegin = (): boolean => head === undefined || (!response.headersSent && isReady(head))
  const takeWaiting = (): Buffer | undefined => {
    const [first] = waiting
    const bytes = waiting.length > 1 ? Buffer.concat(waiting, waitingBytes) : first
    waiting = []
    waitingBytes = 0
    return bytes
  }
  const writeHead = (chunk: Buffer | undefined): void => {
    if (head === undefined) return
    response.writeHead(head.status, linesOf(head, chunk) as string[])
    head = undefined
    // An event stream may begin long before its first event.
    if (chunk === undefined && !isWhole) response.flushHeaders()
  }
  const flush = (): void => {
    if (response.destroyed || response.writableEnded || !mayBegin()) return
    const hadHead = head !== undefined
    const chunk = takeWaiting()
    writeHead(chunk)
    if (isWhole) endWith(response, chunk, hadHead)
    else if (chunk !== undefined && !response.write(chunk)) onFull()
  }
  const flushLater = (): void => {
    if (isDue) return
    isDue = true
    writeBatch(flushDue)
  }
  const flushDue = guarded(
    () => {
      isDue = false
      flush()
    },
    bug => {
      response.destroy()
      onBug(bug)
    },
  )
  return {
    begin: ({ status, headers, length }) => {
      const lines = linesFor(status, headers)
      const announcesTrailers =
        length === undefined && !isBodiless(status) && takesTrailers(response)
      const { flat, hasType } = answerHeaders(lines, { response, announcesTrailers, own })
      if (length !== undefined) left = length
      isBodyDropped = isBodiless(status)
      head = { status, flat, hasType }
      flushLater()
    },
    write: chunk => {
      if (isBodyDropped) return true
      left -= chunk.length
      if (left < 0) return false
      waiting.push(chunk)
      waitingBytes += chunk.length
      const isMuch = waitingBytes >= mostJoined && (head === undefined || waiting.length > 1)
      if (isMuch) flush()
      else flushLater()
      return true
    },
    end: trailers => {
      // A body with a Content-Length cannot have trailers.
      if (trailers.length > 0 && left === Number.POSITIVE_INFINITY && !isBodyDropped) {
        response.addTrailers(headerPairs(trailers) as never)
      }
      isWhole = true
      if (head === undefined && waitingBytes === 0) response.end()
      else flushLater()
    },
  }
}

const linesOf = ({ flat, hasType, status }: Head, chunk: Buffer | undefined): readonly string[] =>
  hasType || isBodiless(status) || chunk === undefined
    ? flat
    : [...flat, 'Content-Type', detectContentType(chunk)]

/** Node joins a string with the head, and writes a Buffer separately, which costs twice as much. */
function endWith(response: ServerResponse, chunk: Buffer | undefined, hadHead: boolean): void {
  if (chunk === undefined) response.end()
  else if (hadHead && chunk.length <= mostJoined) response.end(chunk.toString('latin1'), 'latin1')
  else response.end(chunk)
}

/** Node throws for trailers without a chunked body, as in answers to HEAD and to HTTP/1.0. */
const takesTrailers = ({ req }: ServerResponse): boolean =>
  req.method !== 'HEAD' && req.httpVersion !== '1.0'

const isBodiless = (status: number): boolean =>
  status === 204 || status === resetContent || status === 304

const resetContent = 205

/** Status 204 has no length; 205 has no body, and must say so (RFC 9110 §15.3.6). HTTP/2 of Node refuses both. */
function linesFor(status: number, headers: readonly string[]): readonly string[] {
  if (status !== 204 && status !== resetContent) return headers
  const lines = withoutLength(headers)
  return status === 204 ? lines : [...lines, 'Content-Length', '0']
}

/**
 * Calls of handlers that were answered lately. Shadow rules get these answers for identical calls, and make no calls
 * of their own.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { bytesOf } from '../lib/bytes.ts'
import { withoutSecrets } from '../lib/location.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import { cacheKey } from '../outbound/cache/contract.ts'
import type { Http, HttpCall, HttpReply } from '../outbound/http.ts'

export interface KnownCalls {
  /** Keeps the answers of this client. */
  readonly remember: (http: Http) => Http
  /** Answers from what is kept; every other call fails. */
  readonly http: Http
  /** Sets what is called for each call that has no answer; undefined: nothing. */
  readonly listen: (onMissing: (() => void) | undefined) => void
}

type Answer = HttpReply | Failure

const lifetime = 10_000
const mostEntries = 2000
const mostBytes = 8 * 1024 * 1024
/** In bytes of a body; larger answers are not kept. */
const largest = 64 * 1024

export function createKnownCalls(): KnownCalls {
  const kept = new LRUCache<string, Answer>({
    max: mostEntries,
    maxSize: mostBytes,
    ttl: lifetime,
    sizeCalculation: sizeOf,
  })
  let onMissing: (() => void) | undefined
  return {
    remember: http => ({
      send: async call => {
        const answer = await http.send(call)
        const key = keyOf(call)
        if (key !== undefined && sizeOf(answer) <= largest) kept.set(key, answer)
        return answer
      },
      close: () => http.close(),
    }),
    http: {
      send: async call => {
        const known = kept.get(keyOf(call) ?? '')
        if (known !== undefined) return known
        onMissing?.()
        return notMade(call)
      },
      close: async () => undefined,
    },
    listen: listener => {
      onMissing = listener
    },
  }
}

const notMade = ({ method, url }: HttpCall): Failure =>
  failure('bad_gateway', {
    message: message.internal,
    reason: bytesOf(`${method} ${withoutSecrets(url)} was not called: shadow rules make no calls`),
  })

const perEntry = 256

function sizeOf(answer: Answer): number {
  if (answer.kind === 'failure') return perEntry
  let size = perEntry + answer.body.length
  for (const [name, values] of answer.headers) {
    for (const value of values) size += name.length + value.length
  }
  return size
}

/** Of everything that is sent. A digest, because a call may have credentials; undefined: a body that is a stream. */
function keyOf({ method, url, headers = {}, passed = new Map(), body = '' }: HttpCall) {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return undefined
  const own = Object.entries(headers).flatMap(([name, value]) => [name, ...[value].flat()])
  const others = [...passed].flatMap(([name, values]) => [name, ...values])
  return createHash('sha256')
    .update(cacheKey(method, url, own, others))
    .update(typeof body === 'string' ? Buffer.from(body, 'latin1') : body)
    .digest('base64url')
}

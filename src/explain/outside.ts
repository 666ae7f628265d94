/** Stands between handlers and services: answers calls from stubs, lets them through, or makes none. */

import type { OnRead } from '../capsule/reads.ts'
import { bytesOf } from '../lib/bytes.ts'
import { withoutSecrets } from '../lib/location.ts'
import { failure, message } from '../model/failure.ts'
import type { Http, HttpCall, HttpReply } from '../outbound/http.ts'
import type { Outside } from './record.ts'

/** An answer to a call. `headers`: byte strings by name. */
export interface Stub {
  readonly status: number
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Buffer
}

export interface GuardOptions {
  /** Finds the answer to a call; the place of a stub is its method and URL. */
  readonly stubFor: (method: string, url: string) => Stub | undefined
  /** Calls without a stub are made. */
  readonly live: boolean
}

export interface Guard extends Outside {
  readonly wrap: (http: Http) => Http
  /** Calls that were not made since the last time this was called, such as `POST http://opa:8181/v1/data`. */
  readonly takeMissing: () => readonly string[]
  /** How many calls were not made. */
  readonly refused: () => number
}

export function createGuard(options: GuardOptions): Guard {
  let onRead: OnRead | undefined
  let missing = new Set<string>()
  let refused = 0
  const report = (call: HttpCall, outcome: string): void =>
    onRead?.(`call ${nameOf(call)}: ${outcome}`)
  return {
    listen: listener => {
      onRead = listener
    },
    refused: () => refused,
    takeMissing: () => {
      const taken = [...missing]
      missing = new Set()
      return taken
    },
    wrap: http => ({
      send: async call => {
        const stub = options.stubFor(call.method, call.url)
        if (stub !== undefined) {
          report(call, `${stub.status} (stub)`)
          return replyOf(stub)
        }
        if (!options.live) {
          refused += 1
          missing.add(nameOf(call))
          report(call, 'not made')
          return notMade(nameOf(call))
        }
        const sent = await http.send(call)
        report(call, sent.kind === 'failure' ? sent.code : String(sent.status))
        return sent
      },
      close: () => http.close(),
    }),
  }
}

/** Without user, password and query: they may be secrets. */
const nameOf = ({ method, url }: HttpCall): string => `${method} ${withoutSecrets(url)}`

const replyOf = ({ status, headers, body }: Stub): HttpReply => ({
  kind: 'http_reply',
  status,
  headers,
  body,
})

const notMade = (name: string) =>
  failure('bad_gateway', {
    message: message.internal,
    reason: bytesOf(`${name} was not called: no stub answers it`),
  })

import type { Failure } from '../../../model/failure.ts'
import type { Http, HttpCall, HttpReply } from '../../../outbound/http.ts'
import { sendWithRetry } from '../../../outbound/retry.ts'
import {
  mostBytes,
  type Reading,
  type Source,
  type SourceRead,
  unavailable,
  withoutSecrets,
} from './contract.ts'
import { policyOf, timeout } from './source-retry.ts'

const redirects = 3

/** A document of an HTTP server: 200 is a new document, 304 means unchanged, any other status is a failure. */
export function httpSource(location: string, http: Http): Source {
  return {
    location,
    shown: withoutSecrets(location),
    reach: 'remote',
    read: async reading => {
      const reply = await sendWithRetry(http, () => callOf(location, reading), policyOf(reading))
      const isKnown = reading.version !== undefined && statusOf(reply) === 304
      return isKnown ? { kind: 'unchanged' } : toRead(reply)
    },
  }
}

const callOf = (url: string, { version, signal }: Reading): HttpCall => ({
  method: 'GET',
  url,
  headers: version === undefined ? {} : { 'If-None-Match': version },
  redirects,
  timeout,
  bytes: mostBytes,
  signal,
})

const statusOf = (reply: HttpReply | Failure): number | undefined =>
  reply.kind === 'failure' ? undefined : reply.status

function toRead(reply: HttpReply | Failure): SourceRead {
  if (reply.kind === 'failure') return unavailable(reply.info.reason ?? reply.info.message)
  if (reply.status !== 200) return unavailable(`answered with ${reply.status}, expected 200`)
  const [version] = reply.headers.get('Etag') ?? []
  return { kind: 'documents', documents: [{ name: '', bytes: reply.body }], version }
}

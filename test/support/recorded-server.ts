/** A server that replays recorded answers of another server, in the same order. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Cleanup } from './cleanup.ts'
import { listen } from './listen.ts'

export interface Exchange {
  readonly request: string
  /** `If-None-Match` of the request. */
  readonly known?: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RecordedServer {
  readonly origin: string
  /** The requests and answers so far. */
  readonly exchanges: readonly Exchange[]
  readonly calls: readonly IncomingMessage[]
}

type Recordings = Readonly<Record<string, readonly Exchange[]>>

const file = join(import.meta.dirname, '..', 'data', 'bucket-answers.json')
const recordings = (): Recordings => JSON.parse(readFileSync(file, 'utf8')) as Recordings

/** Replays the recording of that name; with the origin of a real server it forwards to that server. */
export async function recordedServer(
  t: Cleanup,
  name: string,
  real: string | undefined,
): Promise<RecordedServer> {
  const recorded = real === undefined ? (recordings()[name] ?? []) : []
  const exchanges: Exchange[] = []
  const calls: IncomingMessage[] = []
  const server = createServer(async (request, response) => {
    calls.push(request)
    const exchange = real === undefined ? recorded[exchanges.length] : await passOn(request, real)
    assert.ok(exchange, `${name}: nothing was recorded for ${asked(request).request}`)
    const { request: line, known } = exchange
    assert.deepEqual(asked(request), { request: line, ...(known && { known }) })
    exchanges.push(exchange)
    response.writeHead(exchange.status, exchange.headers)
    response.end(Buffer.from(exchange.body, 'latin1'))
  })
  const origin = `http://127.0.0.1:${await listen(t, server)}`
  if (real !== undefined && process.env['OARLOCK_RECORD'])
    t.after(() => {
      const all = Object.entries({ ...recordings(), [name]: exchanges })
      const sorted = Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)))
      writeFileSync(file, `${JSON.stringify(sorted, null, 1)}\n`)
    })
  return { origin, exchanges, calls }
}

function asked({ method, url, headers }: IncomingMessage): Pick<Exchange, 'request' | 'known'> {
  const known = headers['if-none-match']
  return { request: `${method} ${url}`, ...(known && { known }) }
}

/** Hop-by-hop headers, and headers that differ each time. */
const dropped = /^(?:connection|keep-alive|transfer-encoding|date|x-ms-client-request-id)$/

async function passOn(request: IncomingMessage, real: string): Promise<Exchange> {
  const { host: _, connection: __, ...sent } = request.headers
  // Otherwise the body would be decompressed on its way.
  const headers = { ...sent, 'accept-encoding': 'identity' }
  const answer = await fetch(`${real}${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, `${value}`]),
  })
  const kept = [...answer.headers].filter(([name]) => !dropped.test(name))
  return {
    ...asked(request),
    status: answer.status,
    headers: Object.fromEntries(kept),
    body: Buffer.from(await answer.arrayBuffer()).toString('latin1'),
  }
}

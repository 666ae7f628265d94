import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { canonical } from './canonical.ts'
import { isMap } from './compare.ts'
import { firstOf, toPairs, withDefault } from './headers.ts'
import { freePort, loopback } from './ports.ts'
import type { Answer, Data, Pair, Route } from './types.ts'

/** One request that a stub received: header names and values as they came, latin1-coded. */
export interface Call {
  readonly stub: string
  readonly method: string
  readonly target: string
  readonly headers: readonly Pair[]
  readonly body: Buffer
}

/** An HTTP server with programmed answers; `take` returns what it received since the last `take`. */
export interface Stub {
  readonly name: string
  readonly port: number
  readonly take: () => Call[]
  readonly close: () => void
}

export type Substitute = (value: Data) => Data
type Choose = (call: Call) => Answer

/** `substitute` is called per request: the ports that it inserts are known only after all stubs listen. */
export async function createStub(
  name: string,
  routes: readonly Route[],
  substitute: Substitute,
): Promise<Stub> {
  const port = await freePort()
  const choose = createChoice(routes, substitute)
  let calls: Call[] = []
  const server = createServer(
    { insecureHTTPParser: true, maxHeaderSize: 1 << 20, requireHostHeader: false },
    (request, response) => {
      void receive(name, request).then(call => {
        calls.push(call)
        return reply(call, { answer: choose(call), substitute, response })
      })
    },
  )
  server.keepAliveTimeout = 0
  await new Promise<void>(resolve => server.listen(port, loopback, resolve))
  const take = () => {
    const taken = calls
    calls = []
    return taken
  }
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { name, port, take, close }
}

async function receive(stub: string, request: IncomingMessage): Promise<Call> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const { rawHeaders, method = '', url = '' } = request
  const headers: Pair[] = []
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? ''])
  return { stub, method, target: url, headers, body: Buffer.concat(parts) }
}

/** The first matching route; a `sequence` gives its answers in order and then repeats the last one. */
function createChoice(routes: readonly Route[], substitute: Substitute): Choose {
  const hits = new Map<Route, number>()
  return call => {
    const route = routes.find(candidate => fits(candidate, call, substitute))
    if (route === undefined) return { status: 404, body: 'the stub has no such route' }
    if (route.sequence === undefined) return route
    const number = hits.get(route) ?? 0
    hits.set(route, number + 1)
    return route.sequence[Math.min(number, route.sequence.length - 1)] ?? {}
  }
}

function fits(route: Route, call: Call, substitute: Substitute): boolean {
  const wanted = Object.entries(route.header_contains ?? {})
  return (
    fitsPath(route.path ?? '*', call.target.split('?', 1)[0] ?? '') &&
    (route.method ?? call.method) === call.method &&
    call.body.toString('utf8').includes(String(substitute(route.body_contains ?? ''))) &&
    wanted.every(([name, text]) =>
      firstOf(call.headers, name.toLowerCase()).includes(String(substitute(text))),
    )
  )
}

const fitsPath = (pattern: string, path: string): boolean =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern

interface Reply {
  readonly answer: Answer
  readonly substitute: Substitute
  readonly response: ServerResponse
}

async function reply(call: Call, { answer, substitute, response }: Reply): Promise<void> {
  if (answer.delay_ms) await wait(answer.delay_ms)
  if (answer.close) {
    response.socket?.end()
    return
  }
  const { payload, headers } = render(answer, call, substitute)
  const status = answer.status ?? 200
  const framing = frame(status, answer.chunked === undefined ? payload.length : 'chunked')
  const sent = headers.map(([name, value]): Pair => [name, String(substitute(value))])
  response.sendDate = false
  response.removeHeader('connection')
  response.writeHead(status, [...sent, ...framing].flat())
  for (const part of answer.chunked ?? []) response.write(part)
  const bare = answer.chunked !== undefined || framing.length === 0
  response.end(bare ? undefined : payload)
}

/** How the length of the body is sent; 204 and 304 have no body. */
function frame(status: number, length: number | 'chunked'): readonly [string, string | number][] {
  if (length === 'chunked') return [['Transfer-Encoding', length]]
  return status === 204 || status === 304 ? [] : [['Content-Length', length]]
}

function render(answer: Answer, call: Call, substitute: Substitute) {
  const headers = toPairs(answer.headers)
  const json =
    answer.json === undefined ? mergedJson(answer, call, substitute) : substitute(answer.json)
  if (json === undefined)
    return { headers, payload: Buffer.from(String(substitute(answer.body ?? ''))) }
  return {
    headers: withDefault(headers, ['Content-Type', 'application/json']),
    payload: Buffer.from(canonical(json, false)),
  }
}

function mergedJson(answer: Answer, call: Call, substitute: Substitute): Data | undefined {
  if (answer.merge_json === undefined) return undefined
  const received = JSON.parse(call.body.toString('utf8') || '{}') as Data
  return merge(received, substitute(answer.merge_json))
}

function merge(base: Data | undefined, extra: Data): Data {
  if (!isMap(base) || !isMap(extra)) return extra
  const added = Object.entries(extra).map(([key, value]) => [key, merge(base[key], value)])
  return { ...base, ...Object.fromEntries(added) }
}

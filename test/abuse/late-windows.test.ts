/** HTTP/2 clients and upstreams that open their window only after the other side has given up on the stream. */
import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { flag, frame, preface, setting, settings, type, uint32 } from '../faults/http2-frames.ts'
import { startEdge, startFramedUpstream, startOddUpstream } from '../support/edge.ts'
import { encrypted } from '../support/encrypted.ts'
import { encodeFields } from '../support/header-blocks.ts'
import { loopback } from '../support/ports.ts'
import { residentOf } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'

const initialWindow = 4

const request = (method: string, path: string): Buffer =>
  frame({
    type: type.headers,
    flags: flag.endHeaders,
    stream: 1,
    payload: encodeFields([
      [':method', method],
      [':scheme', 'https'],
      [':path', path],
      [':authority', 'h1'],
    ]),
  })

/** Longer than every limit of the server: it has ended the stream by then. */
const patience = [200, 1500, 3500]

/** The client never ends its body. */
const asked = [
  ['POST', '/closed'],
  ['GET', '/closed'],
  ['POST', '/open/whole'],
  ['POST', '/open/big'],
  ['GET', '/open/whole'],
  ['POST', '/none'],
] as const

test('a window that opens late does not stop the process', async t => {
  const h1 = await startOddUpstream(t, (socket, { target }) => {
    const body = 'b'.repeat(target.endsWith('big') ? 400_000 : 100)
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  })
  const timeout = { read: '1s', write: '1s', idle: '5s' }
  const edge = await startEdge(t, { tls: true, upstreams: { h1 }, proxy: { timeout } })
  const before = residentOf(edge.pid)
  await Promise.all(
    patience.flatMap(time =>
      asked.map(([method, path]) => openLate(t, { port: edge.proxy, method, path, time })),
    ),
  )
  const { status } = await ask(edge.metrics, { target: '/metrics' })
  assert.equal(status, 200)
  assert.ok(residentOf(edge.pid) - before < 300e6, 'memory')
  assert.ok(edge.running(), edge.log())
})

interface Late {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly time: number
}

/** Gives no window before `time` is over; then the server has to answer a ping, or to end the connection. */
async function openLate(t: TestContext, { port, method, path, time }: Late): Promise<void> {
  const socket = await encrypted(port, { alpn: 'h2' })
  t.after(() => void socket.destroy())
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', part => {
    received = Buffer.concat([received, part])
  })
  const over = new Promise<void>(resolve => socket.once('close', resolve))
  socket.on('error', () => undefined)
  socket.write(Buffer.concat([preface, settings(setting(initialWindow, 0)), request(method, path)]))
  await wait(time)
  const ping = Buffer.from('lateping')
  const window = uint32(65_535)
  socket.write(
    Buffer.concat([
      frame({ type: type.windowUpdate, stream: 1, payload: window }),
      settings(setting(initialWindow, 65_535)),
      frame({ type: type.ping, payload: ping }),
    ]),
  )
  const answered = (async () => {
    while (!received.includes(ping)) await wait(10)
  })()
  const isAnswered = await Promise.race([
    Promise.race([answered, over]).then(() => true),
    wait(20_000, false, { ref: false }),
  ])
  socket.destroy()
  received = ping
  assert.ok(isAnswered, `${method} ${path} after ${time} ms`)
}

const whole = (stream: number): readonly Buffer[] => [
  frame({
    type: type.headers,
    flags: flag.endHeaders,
    stream,
    payload: encodeFields([[':status', '200']]),
  }),
  frame({ type: type.data, flags: flag.endStream, stream, payload: Buffer.from('hello') }),
]
const noWindow = [setting(initialWindow, 0)]

test('an upstream that answers and takes no body does not hold the answer', async t => {
  const h2 = await startFramedUpstream(t, whole, noWindow)
  const edge = await startEdge(t, { tls: true, upstreams: { h2 } })
  const client = await connected(t, edge.proxy)
  // The first request may be sent before the settings of the upstream are known.
  for (const method of ['GET', 'POST', 'PUT']) {
    const { status, text, end } = client.send(method)
    assert.equal(await Promise.race([status, tooLate('no answer')]), 200)
    assert.equal(await Promise.race([end, tooLate('no end')]), 'ended')
    assert.equal(text(), 'hello')
  }
  assert.ok(edge.running(), edge.log())
})

const broken: Readonly<Record<string, (answered: number) => readonly Buffer[]>> = {
  'and breaks the protocol': answered => [
    opened(answered),
    frame({ type: type.settings, payload: Buffer.alloc(5) }),
  ],
  'and ends the session': answered => [
    opened(answered),
    frame({ type: type.goaway, payload: Buffer.concat([uint32(0), uint32(1)]) }),
  ],
  'and resets the other streams': answered => [
    opened(answered),
    ...[5, 7, 9].map(stream => frame({ type: type.reset, stream, payload: uint32(8) })),
  ],
}

const opened = (stream: number): Buffer =>
  frame({ type: type.windowUpdate, stream, payload: uint32(65_535) })

for (const [how, frames] of Object.entries(broken)) {
  test(`an upstream that opens a window late ${how} does not stop the process`, async t => {
    const silent = new Set([5, 7])
    const answer = (stream: number): readonly Buffer[] =>
      silent.has(stream) ? [] : stream === 9 ? frames(3) : whole(stream)
    const h2 = await startFramedUpstream(t, answer, noWindow)
    const edge = await startEdge(t, { tls: true, upstreams: { h2 } })
    const before = residentOf(edge.pid)
    const client = await connected(t, edge.proxy)
    await client.send('GET').end
    for (let i = 0; i < 3; i += 1) {
      client.send('POST')
      await wait(300)
    }
    client.send('POST')
    await wait(1500)
    const health = ask(edge.metrics, { target: '/metrics' }).then(({ status }) => status)
    assert.equal(await Promise.race([health, tooLate('no answer')]), 200)
    assert.ok(residentOf(edge.pid) - before < 300e6, 'memory')
    assert.ok(edge.running(), edge.log())
  })
}

const tooLate = (what: string): Promise<string> => wait(15_000, what, { ref: false })

async function connected(t: TestContext, port: number) {
  const session = connectHttp2(`https://${loopback}:${port}`, { rejectUnauthorized: false })
  session.on('error', () => undefined)
  t.after(() => session.destroy())
  return {
    /** A body of six bytes, but for GET. */
    send: (method: string) => {
      const stream = session.request({ ':method': method, ':path': '/open', ':authority': 'h2' })
      stream.on('error', () => undefined)
      if (method === 'GET') stream.end()
      else stream.end('a body')
      let text = ''
      stream.on('data', (part: Buffer) => {
        text += part
      })
      return {
        status: new Promise(resolve => stream.once('response', all => resolve(all[':status']))),
        end: new Promise(resolve => stream.once('close', () => resolve('ended'))),
        text: () => text,
      }
    },
  }
}

/** Whatever an HTTP/2 client and an upstream leave unfinished, the stream ends and the client sees the end. */
import assert from 'node:assert/strict'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startEdge, startOddUpstream } from '../support/edge.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const answers: Readonly<Record<string, string>> = {
  open: 'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  whole: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  short: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello',
  trailers:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n5\r\nhello\r\n0\r\nx-a: b\r\n\r\n',
  nothing: '',
  garbage: 'SSH-2.0\r\n',
  half: 'HTTP/1.1 200 OK\r\nContent-Le',
  bodiless: 'HTTP/1.1 204 No Content\r\n\r\n',
  big: `HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n${'b'.repeat(400_000)}`,
  interim: 'HTTP/1.1 103 E\r\nLink: </a>; rel=preload\r\n\r\n',
}

interface Asked {
  readonly method: string
  readonly path: string
  /** Whether the client ends its body. */
  readonly ends: boolean
  /** The client reads nothing of the answer. */
  readonly window: 0 | 65_535
}

/** Milliseconds: on a busy machine, the handshakes of hundreds of sessions at once take seconds. */
const bound = 30_000

/** True when the stream was ended within the bound. */
const isEnded = (session: ClientHttp2Session, { method, path, ends }: Asked): Promise<boolean> =>
  new Promise(resolve => {
    const stream = session.request(
      { ':method': method, ':path': path, ':authority': 'h1', trailer: 'x-a' },
      { endStream: false, waitForTrailers: true },
    )
    const timer = setTimeout(() => resolve(false), bound)
    stream.on('error', () => undefined)
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': 'b' }))
    stream.on('close', () => {
      clearTimeout(timer)
      resolve(true)
    })
    stream.resume()
    stream.write('hello')
    if (ends) stream.end()
  })

const asked: readonly Asked[] = Object.keys(answers).flatMap(answer =>
  ['end', 'reset', 'stay'].flatMap(how =>
    ['GET', 'POST', 'HEAD', 'get'].flatMap(method =>
      [true, false].flatMap(ends =>
        ([0, 65_535] as const).map(window => ({
          method,
          path: `/open/${answer}/${how}`,
          ends,
          window,
        })),
      ),
    ),
  ),
)

const refused: readonly Asked[] = ['/closed', '/none'].flatMap(path =>
  ['GET', 'POST', 'get'].map(method => ({ method, path, ends: false, window: 0 }) as const),
)

test('every stream ends in time, and the client sees the end', async t => {
  const h1 = await startOddUpstream(t, (socket, { target }) => {
    const [, , answer = '', how] = target.split('/')
    socket.write(answers[answer] ?? '')
    if (how === 'end') socket.end()
    else if (how === 'reset') setTimeout(() => socket.resetAndDestroy(), 20)
    else setTimeout(() => socket.destroy(), 1500).unref()
  })
  const timeout = { read: '2s', write: '2s' }
  const edge = await startEdge(t, { tls: true, upstreams: { h1 }, proxy: { timeout } })
  const all = [...asked, ...refused]
  const ended = await Promise.all(
    all.map(async one => {
      const session = connectHttp2(`https://${loopback}:${edge.proxy}`, {
        rejectUnauthorized: false,
        settings: { initialWindowSize: one.window },
      })
      session.on('error', () => undefined)
      return isEnded(session, one).finally(() => session.destroy())
    }),
  )
  const open = all.filter((_, i) => !ended[i])
  assert.deepEqual(open, [])
  assert.ok(edge.running(), edge.log())
})

const slots = 8

test('a request that its client cancels releases its slot, for every method and upstream', async t => {
  const h1 = await startOddUpstream(t, (socket, { target }) => {
    if (target.endsWith('reset')) setTimeout(() => socket.resetAndDestroy(), 200)
    if (target.endsWith('half')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf')
    setTimeout(() => socket.destroy(), 600).unref()
  })
  const edge = await startEdge(t, {
    tls: true,
    upstreams: { h1 },
    config: { limits: { requests: { concurrent: slots } } },
    proxy: { timeout: { read: '1s', write: '1s' } },
  })
  const busy = async (): Promise<boolean> => {
    const asked = Array.from({ length: slots }, () =>
      ask(edge.api, { target: '/decisions/open', host: 'h1' }),
    )
    return (await Promise.all(asked)).some(({ status }) => status === 503)
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
    for (const how of ['silent', 'reset', 'half']) {
      await t.test(`${method}, ${how}`, async t => {
        const session = connectHttp2(`https://${loopback}:${edge.proxy}`, {
          rejectUnauthorized: false,
        })
        t.after(() => session.destroy())
        session.on('error', () => undefined)
        const head = { ':method': method, ':path': `/open/${how}`, ':authority': 'h1' }
        for (let i = 0; i < slots; i += 1) {
          const stream = session.request(head, { endStream: true })
          stream.on('error', () => undefined)
          setTimeout(() => stream.close(8), 100)
        }
        await until(async () => !(await busy()), 'all slots are free')
        await wait(700)
        assert.equal(await busy(), false)
      })
    }
  }
})

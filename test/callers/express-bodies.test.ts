/** A handler reads the body of a request, and the application behind the middleware reads the same bytes. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import express from 'express'
import { stringify } from 'yaml'
import { createAuthorizer, type Middleware } from '../../src/app/embedded/express.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { type Answer, askOn } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const mostBytes = 300_000

interface Guarded {
  readonly middleware: Middleware
  /** The bodies that the authorizer got. */
  readonly seen: Buffer[]
}

async function guard(t: TestContext): Promise<Guarded> {
  const seen: Buffer[] = []
  const { origin } = await stubServer(t, async (request, response) => {
    seen.push(await buffer(request))
    response.end()
  })
  const folder = temporaryFolder(t)
  const rule = {
    id: 'r',
    match: { url: 'http://app.example/<.*>', methods: ['GET', 'POST'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'remote', config: { remote: origin } },
    mutators: [{ handler: 'noop' }],
  }
  writeFileSync(join(folder, 'rules.yaml'), stringify([rule]))
  const config = join(folder, 'oarlock.yaml')
  writeFileSync(
    config,
    stringify({
      log: { level: 'fatal' },
      limits: { body: { bytes: mostBytes }, decision: { timeout: '20s' } },
      access_rules: { repositories: [`file://${join(folder, 'rules.yaml')}`] },
      authenticators: { anonymous: { enabled: true } },
      authorizers: { remote: { enabled: true, config: { remote: origin } } },
      mutators: { noop: { enabled: true } },
    }),
  )
  const { middleware, close } = await createAuthorizer({ config: [config] })
  t.after(close)
  return { middleware, seen }
}

type Consume = (request: IncomingMessage) => Promise<Buffer>

/** The ways in which applications read a body. */
const consumers: Readonly<Record<string, Consume>> = {
  iteration: buffer,
  'data events': request =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      request.on('data', chunk => chunks.push(chunk))
      request.on('end', () => resolve(Buffer.concat(chunks)))
      request.on('error', reject)
    }),
  'readable events, later': async request => {
    await wait(20)
    return new Promise(resolve => {
      const chunks: Buffer[] = []
      request.on('readable', () => {
        for (let chunk = request.read(); chunk !== null; chunk = request.read()) chunks.push(chunk)
      })
      request.on('end', () => resolve(Buffer.concat(chunks)))
    })
  },
}

const application =
  ({ middleware }: Guarded, consume: Consume): RequestListener =>
  (request, response) =>
    middleware(request, response, () => {
      void consume(request).then(body => response.end(body.toString('latin1'), 'latin1'))
    })

interface Sent {
  readonly pieces: readonly Buffer[]
  readonly chunked?: boolean
  readonly pause?: number
}

/** Sends the head, then each piece of the body. */
async function send(port: number, { pieces, chunked = false, pause }: Sent): Promise<Answer> {
  const socket = connect(port, loopback)
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const framing: readonly [string, string] = chunked
    ? ['Transfer-Encoding', 'chunked']
    : ['Content-Length', `${size}`]
  const answer = askOn(socket, { method: 'POST', target: '/a', headers: [framing] })
  for (const piece of pieces) {
    if (pause !== undefined) await wait(pause)
    if (chunked) socket.write(`${piece.length.toString(16)}\r\n`)
    socket.write(piece)
    if (chunked) socket.write('\r\n')
  }
  if (chunked) socket.write('0\r\n\r\n')
  return answer
}

const bodies: Readonly<Record<string, Sent>> = {
  'one piece': { pieces: [Buffer.from('the body')] },
  'slow pieces': { pieces: ['a', 'b', 'c'].map(text => Buffer.from(text)), pause: 20 },
  'slow chunks': { pieces: ['a', 'b'].map(text => Buffer.from(text)), pause: 20, chunked: true },
  'no bytes': { pieces: [] },
  'no chunks': { pieces: [], chunked: true },
  'an end that comes late': { pieces: [], pause: 20, chunked: true },
  'more than a stream buffers': { pieces: [randomBytes(200_000)] },
  'many pieces': { pieces: Array.from({ length: 50 }, () => randomBytes(4000)), chunked: true },
  'as much as is allowed': { pieces: [randomBytes(mostBytes)] },
}

for (const [how, consume] of Object.entries(consumers)) {
  test(`with ${how} an application gets the bytes that the authorizer got`, async t => {
    const guarded = await guard(t)
    const port = await listen(t, createServer(application(guarded, consume)))
    for (const [what, sent] of Object.entries(bodies)) {
      const whole = Buffer.concat(sent.pieces)
      const answer = await send(port, sent)
      assert.equal(answer.status, 200, what)
      assert.ok(answer.body.equals(whole), `${what}: ${answer.body.length} of ${whole.length}`)
      assert.ok(guarded.seen.pop()?.equals(whole), what)
    }
  })
}

test('body parsers of Express find the body', async t => {
  const { middleware } = await guard(t)
  const app = express()
  app.use(middleware, express.json())
  app.post('/a', (request, response) => void response.json({ got: request.body }))
  const port = await listen(t, createServer(app))
  const body = Buffer.from('{"a":[1]}')
  const headers = [['Content-Type', 'application/json']] as const
  const answer = await askOn(connect(port, loopback), {
    method: 'POST',
    target: '/a',
    headers,
    body,
  })
  assert.deepEqual(JSON.parse(answer.text), { got: { a: [1] } })
})

test('two guards in a row both read the body', async t => {
  const [one, other] = [await guard(t), await guard(t)]
  const app = express()
  app.use(one.middleware, other.middleware)
  app.use((request, response) => void buffer(request).then(body => response.end(body)))
  const port = await listen(t, createServer(app))
  const answer = await send(port, { pieces: [Buffer.from('twice')] })
  assert.equal(answer.text, 'twice')
  assert.deepEqual([...one.seen, ...other.seen].map(String), ['twice', 'twice'])
})

test('a second guard denies a body of which a part was read meanwhile', async t => {
  const [one, other] = [await guard(t), await guard(t)]
  let reached = 0
  const app = express()
  app.use(one.middleware)
  app.use((request, _, next) => {
    request.once('readable', () => {
      request.read(2)
      next()
    })
  })
  app.use(other.middleware, (_, response) => {
    reached += 1
    response.end()
  })
  const port = await listen(t, createServer(app))
  for (const chunked of [false, true]) {
    const answer = await send(port, { pieces: [Buffer.from('in parts')], chunked })
    assert.ok(answer.status >= 403, `${answer.status}`)
  }
  assert.deepEqual([reached, other.seen.filter(body => body.length > 0)], [0, []])
})

test('a body that is too long, or was read before, is denied', async t => {
  const { middleware, seen } = await guard(t)
  let reached = 0
  const app = express()
  app.use('/late', express.text({ type: () => true }))
  app.use(middleware, (_, response) => {
    reached += 1
    response.end()
  })
  const port = await listen(t, createServer(app))
  const long = await send(port, { pieces: [randomBytes(mostBytes + 1)] })
  assert.equal(long.status, 413)
  const body = Buffer.from('read before')
  const late = await askOn(connect(port, loopback), { method: 'POST', target: '/late', body })
  assert.equal(late.status, 403)
  assert.deepEqual([reached, seen.filter(one => one.length > 0).length], [0, 0])
})

test('a client that leaves in the middle of its body reaches nothing', async t => {
  const { middleware, seen } = await guard(t)
  let [reached, closed] = [0, 0]
  const server = createServer((request, response) => {
    response.once('close', () => closed++)
    middleware(request, response, () => reached++)
  })
  const port = await listen(t, server)
  const socket = connect(port, loopback)
  socket.write('POST /a HTTP/1.1\r\nHost: app.example\r\nContent-Length: 10\r\n\r\nhalf')
  await wait(50)
  socket.destroy()
  await until(() => closed === 1, 'the request is over')
  assert.deepEqual([reached, seen], [0, []])
})

/** Chunks of one byte, of which a sender makes as many as it likes, are joined: each has a small, constant cost. */
import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createKeptBody } from '../../src/doors/proxy/kept-body.ts'
import { createHttp } from '../../src/outbound/http.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { startProxy } from '../support/proxy.ts'

const count = 20_000
const tiny = (chunks = count) => `${'1\r\na\r\n'.repeat(chunks)}0\r\n\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'

/** How many chunks a chunked message has on the wire, without the last one. */
const chunksIn = (text: string): number => (text.match(/\r\n[0-9a-f]+\r\n/g)?.length ?? 1) - 1

/** A server that gives each connection what it has received; returns its port. */
async function onText(t: TestContext, answer: (received: string, socket: Socket) => void) {
  const server = createServer(socket => {
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', part => {
      received += part.toString('latin1')
      answer(received, socket)
    })
  })
  return `http://${loopback}:${await listen(t, server)}`
}

/** Sends bytes; returns what came until the end of the connection. */
const exchanged = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, loopback)
    let received = ''
    socket.setTimeout(20_000, () => socket.destroy(new Error('no end')))
    socket.on('error', reject)
    socket.on('data', part => {
      received += part.toString('latin1')
    })
    socket.on('close', () => resolve(received))
    socket.write(bytes)
  })

const readsBody = {
  look: async ({ body }: { body?: { bytes(most: number): Promise<unknown> } | undefined }) => {
    await body?.bytes(1_000_000)
  },
}

for (const [name, outcome] of [
  ['that no handler reads', {}],
  ['that a handler has read', readsBody],
] as const) {
  test(`a body of chunks of one byte, ${name}, has few chunks for the upstream`, async t => {
    let sent = ''
    const upstream = await onText(t, (received, socket) => {
      if (!received.endsWith('\r\n0\r\n\r\n')) return
      sent = received
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
    })
    const { port } = await startProxy(t, { upstream, ...(outcome as object) })
    const head = `POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${chunked}\r\n`
    assert.match(await exchanged(port, head + tiny()), /^HTTP\/1\.1 200 /)
    const chunks = chunksIn(sent)
    assert.ok(chunks > 0 && chunks < count / 20, `${chunks} chunks`)
    assert.equal(sent.slice(sent.indexOf('\r\n\r\n')).match(/a/g)?.length, count)
  })
}

test('an answer of chunks of one byte has few chunks for the client', async t => {
  const upstream = await onText(t, (_, socket) => {
    socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${chunked}\r\n${tiny()}`)
  })
  const { port } = await startProxy(t, { upstream })
  const got = await exchanged(port, 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const chunks = chunksIn(got)
  assert.ok(chunks > 0 && chunks < count / 20, `${chunks} chunks`)
  assert.equal(got.slice(got.indexOf('\r\n\r\n')).match(/a/g)?.length, count)
})

test('a small chunk alone is passed on before the next one', async t => {
  const upstream = `http://${loopback}:${await listen(
    t,
    createHttpServer((request, response) => {
      request.on('data', chunk => response.write(chunk))
      request.on('end', () => response.end())
    }),
  )}`
  const { port } = await startProxy(t, { upstream })
  const socket = connect(port, loopback)
  t.after(() => socket.destroy())
  let received = ''
  const until = (text: string): Promise<void> =>
    new Promise(resolve => {
      const look = (part = '') => {
        received += part
        if (!received.includes(text)) return
        socket.removeListener('data', look)
        resolve()
      }
      socket.on('data', look)
      look()
    })
  socket.setEncoding('latin1')
  socket.write(`POST /a HTTP/1.1\r\nHost: a\r\n${chunked}\r\n`)
  for (const letter of ['x', 'y', 'z']) {
    socket.write(`1\r\n${letter}\r\n`)
    await until(`1\r\n${letter}\r\n`)
  }
  socket.write('0\r\n\r\n')
  await until('\r\n0\r\n\r\n')
})

test('what a handler has read in chunks of one byte is kept in few blocks', async () => {
  let left = count
  const next = async () => (left-- > 0 ? Buffer.from('a') : undefined)
  const body = createKeptBody({ next, release: () => undefined }, 1_000_000, () => undefined)
  assert.equal((await body.bytes(1_000_000)).bytes.length, count)
  const blocks: Buffer[] = []
  for (let block = await body.next(); block; block = await body.next()) blocks.push(block)
  assert.ok(blocks.length < 20, `${blocks.length} blocks`)
  assert.equal(Buffer.concat(blocks).length, count)
})

test('a service that answers in chunks of one byte is read, up to the limit', async t => {
  const url = await onText(t, (_, socket) => {
    socket.end(`HTTP/1.1 200 OK\r\n${chunked}\r\n${tiny()}`)
  })
  const ask = async (bytes: number) => {
    const http = createHttp({ timeout: 10_000, concurrent: 1, bytes })
    t.after(() => http.close())
    return http.send({ method: 'GET', url })
  }
  const reply = await ask(count)
  assert.equal(reply.kind === 'http_reply' && reply.body.length, count)
  assert.equal((await ask(count - 1)).kind, 'failure')
})

import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import { LightSignal } from '../../../../src/lib/signal.ts'
import { createHttp } from '../../../../src/outbound/http.ts'
import { createRepository, everything } from '../../../../src/rules/loading/repository.ts'
import type { SourceRead } from '../../../../src/rules/loading/sources/contract.ts'
import { httpSource } from '../../../../src/rules/loading/sources/http.ts'
import { deadOrigin, type StubServer, stubServer } from '../../../support/stub-server.ts'

function client(t: TestContext) {
  const http = createHttp({ timeout: 2000, concurrent: 4, bytes: 1000 })
  t.after(() => http.close())
  return http
}

interface Asked {
  readonly read: SourceRead
  readonly stub: StubServer
}

async function ask(t: TestContext, answer: RequestListener, retry = false): Promise<Asked> {
  const stub = await stubServer(t, answer)
  const source = httpSource(`${stub.origin}/rules.json`, client(t))
  const signal = new LightSignal()
  return { read: await source.read({ version: undefined, retry, signal }), stub }
}

const textOf = (read: SourceRead): string | undefined =>
  read.kind === 'documents' ? Buffer.from(read.documents[0]?.bytes ?? []).toString() : undefined

test('the answer is the document, for any content type, also above the limit of other answers', async t => {
  const body = `[]${' '.repeat(5000)}`
  const { read } = await ask(t, (_, response) => response.end(body))
  assert.equal(textOf(read), body)
})

for (const status of [201, 204, 304, 400, 404]) {
  test(`${status} is not a document, and is not requested again`, async t => {
    const { read, stub } = await ask(t, (_, response) => response.writeHead(status).end(), true)
    assert.deepEqual(read, {
      kind: 'unavailable',
      message: `answered with ${status}, expected 200`,
    })
    assert.equal(stub.calls.length, 1)
  })
}

test('a failing server is called again if time is left, and once otherwise', async t => {
  const flaky = (): RequestListener => {
    let calls = 0
    return (_, response) => response.writeHead(++calls === 1 ? 503 : 200).end('[]')
  }
  assert.equal(textOf((await ask(t, flaky(), true)).read), '[]')
  const once = await ask(t, flaky())
  assert.deepEqual(once.read, {
    kind: 'unavailable',
    message: 'answered with 503, expected 200',
  })
})

test('a redirect is followed on the same origin only', async t => {
  const other = await stubServer(t, (_, response) => response.end('[]'))
  const same = await ask(t, ({ url }, response) => {
    if (url === '/rules.json') response.writeHead(302, { location: '/there' }).end()
    else response.end('[1]')
  })
  assert.equal(textOf(same.read), '[1]')
  const away = await ask(t, (_, response) =>
    response.writeHead(302, { location: other.origin }).end(),
  )
  assert.equal(away.read.kind, 'unavailable')
  assert.equal(other.calls.length, 0)
})

test('a server that is down is reported with its error, without secrets', async t => {
  const origin = await deadOrigin()
  const source = httpSource(`${origin.replace('://', '://u:secret@')}/r?token=s`, client(t))
  const read = await source.read({ version: undefined, retry: false, signal: new LightSignal() })
  assert.ok(read.kind === 'unavailable')
  assert.match(read.message, /ECONNREFUSED/)
  assert.equal(source.shown, `${origin}/r`)
})

test('a document with an ETag is requested with it, and 304 keeps the rules', async t => {
  const tags: (string | undefined)[] = []
  const stub = await stubServer(t, ({ headers }, response) => {
    tags.push(headers['if-none-match'])
    if (headers['if-none-match'] === '"1"') response.writeHead(304).end()
    else response.writeHead(200, { etag: '"1"' }).end('[{"id":"a"}]')
  })
  const repository = createRepository({ http: client(t) })
  const locations = [`${stub.origin}/rules.json`]
  await repository.read(locations, { which: everything })
  const before = repository.loaded(locations).definitions
  await repository.read(locations, { which: everything })
  assert.deepEqual(tags, [undefined, '"1"'])
  assert.equal(before.length, 1)
  assert.equal(repository.loaded(locations).definitions[0], before[0])
})

test('a source that goes down or sends an invalid document keeps its last good rules', async t => {
  let answer: RequestListener = (_, response) => response.end('[{"id":"a"}]')
  const stub = await stubServer(t, (request, response) => answer(request, response))
  const repository = createRepository({ http: client(t) })
  const locations = [stub.origin]
  const load = async () => {
    await repository.read(locations, { which: everything })
    return repository.loaded(locations)
  }
  await load()
  answer = (_, response) => response.writeHead(500).end()
  const down = await load()
  assert.deepEqual([down.definitions.length, down.reports[0]?.loaded], [1, true])
  assert.match(down.reports[0]?.problem ?? '', /500/)
  answer = (_, response) => response.end('<html>')
  assert.equal((await load()).definitions.length, 1)
  answer = (_, response) => response.end('[]')
  const back = await load()
  assert.deepEqual([back.definitions.length, back.reports[0]?.problem], [0, undefined])
})

test('a slow source does not delay the others', async t => {
  const slow = await stubServer(t, () => undefined)
  const quick = await stubServer(t, (_, response) => response.end('[{"id":"a"}]'))
  const repository = createRepository({ http: client(t) })
  t.after(() => repository.close())
  const waiting = repository.read([slow.origin], { which: everything })
  await repository.read([quick.origin], { which: everything })
  assert.equal(repository.loaded([quick.origin]).definitions.length, 1)
  repository.close()
  await waiting
})

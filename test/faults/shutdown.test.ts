import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Areas,
  areas,
  bearer,
  checkResult,
  handlers,
  host,
  open,
  startAreas,
} from '../abuse/areas.ts'
import { checkOf, rawHeaders } from '../support/check.ts'
import { checkClient } from '../support/grpc-client.ts'
import { keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'

type Ask = (path: string) => Promise<string | number>

/** A client with kept connections, as a proxy has them. */
function overHttp(t: TestContext, { oarlock }: Areas): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  t.after(() => agent.destroy())
  return path =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        host: loopback,
        port: oarlock.api,
        path: `/decisions${path}`,
        headers: { host },
      }
      const sent = httpRequest(options, response => {
        response.resume()
        const { statusCode = 0, headers } = response
        response.once('end', () =>
          resolve(statusCode === 200 ? `${headers['x-rule']}` : statusCode),
        )
        response.once('error', reject)
      })
      sent.once('error', reject)
      sent.end()
    })
}

function overGrpc(t: TestContext, { oarlock }: Areas): Ask {
  const client = checkClient(t, `${loopback}:${oarlock.grpc}`)
  return async path => checkResult(await client.check(checkOf({ host, path })))
}

interface Load {
  /** Ends the client; returns the number of answers and the errors. */
  readonly end: () => Promise<{ readonly answered: number; readonly wrong: readonly string[] }>
}

const right: Readonly<Record<string, string | number>> = {
  '/public': 'public',
  '/admin': 401,
  '/nowhere': 404,
}

/** Several clients, each sends its next request as soon as it has an answer. */
function load(ask: Ask, askers = 10): Load {
  const wrong: string[] = []
  let answered = 0
  let ended = false
  const one = async (): Promise<void> => {
    for (let i = 0; !ended; i++) {
      const [path = '', expected] = Object.entries(right)[i % 3] ?? []
      const found = await ask(path).catch((error: Error) => error.message)
      answered += 1
      if (found !== expected) wrong.push(`${path}: ${found}`)
    }
  }
  const all = Array.from({ length: askers }, one)
  return {
    end: async () => {
      ended = true
      await Promise.all(all)
      return { answered, wrong }
    },
  }
}

const draining = { serve: { shutdown: { drain: '4s', timeout: '5s' } } }

test('a stop under load loses no request: the server drains, then exits with 0', async t => {
  const started = await startAreas(t, { config: draining })
  const loads = [load(overHttp(t, started)), load(overGrpc(t, started))]
  await wait(300)
  started.oarlock.signal('SIGTERM')
  await wait(300)
  const ready = await ask(started.oarlock.api, { target: '/health/ready' })
  assert.equal(ready.status, 503, 'the server reports that it is about to stop')
  assert.equal((await ask(started.oarlock.api, { target: '/health/alive' })).status, 200)
  await wait(300)
  for (const { end } of loads) {
    const { answered, wrong } = await end()
    assert.ok(answered > 20, `${answered} answers`)
    assert.deepEqual(wrong, [])
  }
  assert.equal(await started.oarlock.exitCode, 0)
})

test('during a stop without draining every answer is right, or there is none', async t => {
  const started = await startAreas(t)
  const loads = [load(overHttp(t, started)), load(overGrpc(t, started))]
  await wait(300)
  started.oarlock.signal('SIGTERM')
  assert.equal(await started.oarlock.exitCode, 0)
  for (const { end } of loads) {
    const { wrong } = await end()
    const answers = wrong.filter(text => !/ECONN|EPIPE|socket hang up|UNAVAILABLE/.test(text))
    assert.deepEqual(answers, [])
  }
})

test('requests in progress at the signal are finished, at both doors', async t => {
  const key = makeKey('ES256', 'slow')
  const keys = await stubServer(t, async (_, response) => {
    await wait(1000)
    response.end(keySetOf(key))
  })
  const jwt = {
    enabled: true,
    config: { jwks_urls: [keys.origin], jwks_max_wait: '5s', allowed_algorithms: ['ES256'] },
  }
  const slow = { ...open('slow', `http://${host}/slow`), authenticators: [{ handler: 'jwt' }] }
  const { oarlock, decisions, grpc } = await startAreas(t, {
    rules: [slow],
    config: { ...handlers, authenticators: { jwt } },
  })
  const headers = [bearer(await makeToken(key, { sub: 'alice' }))]
  const results = [decisions, grpc].map(way => way({ target: '/slow', headers }))
  await wait(300)
  oarlock.signal('SIGTERM')
  assert.deepEqual(await Promise.all(results), ['slow', 'slow'])
  assert.equal(await oarlock.exitCode, 0)
})

test('requests that do not finish in time are ended, and so is the process', async t => {
  const silent = await stubServer(t, () => undefined)
  const jwt = {
    enabled: true,
    config: { jwks_urls: [silent.origin], jwks_max_wait: '60s', allowed_algorithms: ['ES256'] },
  }
  const stuck = { ...open('stuck', `http://${host}/stuck`), authenticators: [{ handler: 'jwt' }] }
  const { oarlock, check } = await startAreas(t, {
    rules: [stuck, ...areas],
    config: {
      ...handlers,
      authenticators: { ...handlers.authenticators, jwt },
      serve: { shutdown: { timeout: '500ms' } },
    },
  })
  const token = await makeToken(makeKey('ES256', 'any'), { sub: 'alice' })
  const asked = check({ host, path: '/stuck', ...rawHeaders(bearer(token)) }).then(
    answer => answer.ok_response,
    () => undefined,
  )
  await wait(300)
  oarlock.signal('SIGTERM')
  assert.equal(await oarlock.exitCode, 0)
  assert.equal(await asked, undefined)
})

test('a second signal ends the process at once', async t => {
  const { oarlock } = await startAreas(t, { config: { serve: { shutdown: { drain: '60s' } } } })
  oarlock.signal('SIGTERM')
  await wait(300)
  assert.ok(oarlock.running())
  oarlock.signal('SIGTERM')
  assert.equal(await oarlock.exitCode, null)
})

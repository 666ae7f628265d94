import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../support/child.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { freePort, loopback } from '../support/ports.ts'
import { startRedis } from '../support/redis.ts'
import { stubServer } from '../support/stub-server.ts'

/** Accepts tokens that begin with "good", and counts calls. */
const startIssuer = (t: TestContext) =>
  stubServer(t, (request, response) => {
    let form = ''
    request.on('data', (text: Buffer) => {
      form += text.toString()
    })
    request.on('end', () => {
      const token = new URLSearchParams(form).get('token') ?? ''
      const active = token.startsWith('good')
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ active, ...(active ? { sub: `owner of ${token}` } : {}) }))
    })
  })

const start = (t: TestContext, issuer: string, redis: string): Promise<Oarlock> =>
  startOarlock(t, {
    config: {
      cache: { backend: 'redis', redis: { url: redis } },
      authenticators: {
        oauth2_introspection: {
          enabled: true,
          config: {
            introspection_url: `${issuer}/introspect`,
            cache: { enabled: true, ttl: '60s' },
          },
        },
      },
      authorizers: { allow: { enabled: true } },
      mutators: {
        header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
      },
    },
    rules: [
      {
        id: 'r',
        match: { url: 'http://h/<.*>', methods: ['GET'] },
        authenticators: [{ handler: 'oauth2_introspection' }],
        authorizer: { handler: 'allow' },
        mutators: [{ handler: 'header' }],
      },
    ],
  })

async function userOf({ api }: Oarlock, token: string): Promise<string> {
  const answer = await fetch(`http://${loopback}:${api}/decisions/`, {
    headers: {
      Authorization: `Bearer ${token}`,
      'X-Forwarded-Host': 'h',
      'X-Forwarded-Proto': 'http',
    },
  })
  await answer.arrayBuffer()
  return answer.status === 200 ? (answer.headers.get('x-user') ?? '') : String(answer.status)
}

/** Waits until an answer is cached: the server connects in the background. */
async function untilRemembered(oarlock: Oarlock, calls: readonly unknown[]): Promise<void> {
  for (let round = 0; round < 200; round++) {
    await userOf(oarlock, `good-probe-${round}`)
    const before = calls.length
    await userOf(oarlock, `good-probe-${round}`)
    if (calls.length === before) return
    await pause(20)
  }
  assert.fail('nothing is cached')
}

test('replicas make one call for a token', async t => {
  const redis = await startRedis(t)
  const issuer = await startIssuer(t)
  const replicas = [
    await start(t, issuer.origin, redis.url),
    await start(t, issuer.origin, redis.url),
  ] as const
  for (const replica of replicas) await untilRemembered(replica, issuer.calls)
  const before = issuer.calls.length
  for (const replica of [...replicas, ...replicas]) {
    assert.equal(await userOf(replica, 'good-1'), 'owner of good-1')
  }
  assert.equal(issuer.calls.length - before, 1)
})

test('Redis stops, hangs and comes back under load: every answer is right', async t => {
  const redis = await startRedis(t)
  const issuer = await startIssuer(t)
  const oarlock = await start(t, issuer.origin, redis.url)
  await untilRemembered(oarlock, issuer.calls)
  let asking = true
  let wrong = 0
  let right = 0
  const client = async (name: number): Promise<void> => {
    for (let turn = 0; asking; turn++) {
      const [good, bad] = [`good-${name}-${turn % 5}`, `bad-${name}-${turn % 5}`]
      const answers = [await userOf(oarlock, good), await userOf(oarlock, bad)]
      if (answers[0] === `owner of ${good}` && answers[1] === '401') right += 1
      else wrong += 1
    }
  }
  const load = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(client))
  const more = async (): Promise<void> => {
    const before = right
    await eventually(() => (right > before + 100 ? true : undefined), 'more answers')
  }
  await more()
  redis.signal('SIGSTOP')
  await more()
  redis.signal('SIGCONT')
  await more()
  await redis.stop()
  await more()
  await startRedis(t, { port: redis.port })
  await more()
  asking = false
  await load
  assert.equal(wrong, 0)
  await untilRemembered(oarlock, issuer.calls)
  assert.match(oarlock.log(), /cache server cannot be reached/)
  assert.match(oarlock.log(), /cache server can be reached again/)
})

test('without Redis at the start no request waits', async t => {
  const port = await freePort()
  const issuer = await startIssuer(t)
  const oarlock = await start(t, issuer.origin, `redis://${loopback}:${port}`)
  assert.equal(await userOf(oarlock, 'good'), 'owner of good')
  assert.equal(await userOf(oarlock, 'bad'), '401')
  await startRedis(t, { port })
  await untilRemembered(oarlock, issuer.calls)
})

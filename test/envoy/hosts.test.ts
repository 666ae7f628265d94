import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { startJudging } from './judging.ts'

test('the matched host and scheme', async t => {
  const { envoy, upstream } = await startJudging(t)
  t.beforeEach(() => void upstream.take())

  for (const door of ['grpc', 'http']) {
    for (const [host, matched] of [
      ['App.Example', 'http://app.example'],
      ['APP.example:8443', 'http://app.example:8443'],
      ['app.example.', 'http://app.example'],
      ['[::1]:80', 'http://[::1]:80'],
    ] as const) {
      await t.test(`${door}: host ${host} is matched as ${matched}`, async () => {
        await ask(envoy.port(`${door} plain`), { host })
        const received = upstream.only()
        assert.deepEqual(received.all('x-judged-host'), [matched])
        assert.deepEqual(received.all('host'), [host])
      })
    }

    await t.test(`${door}: the authority of an absolute target is used, not Host`, async () => {
      const target = 'http://Other.example/abs'
      await ask(envoy.port(`${door} plain`), { target, host: 'app.example' })
      const received = upstream.only()
      assert.deepEqual(received.all('x-judged-host'), ['http://other.example'])
      assert.deepEqual(received.all('host').map(lower), ['other.example'])
    })

    for (const host of ['a.example,b.example', 'a b', 'evil.com/../', 'a"b', 'user@host', 'a\\b']) {
      await t.test(`${door}: host ${JSON.stringify(host)} is refused`, async () => {
        const { status } = await ask(envoy.port(`${door} plain`), { host })
        assert.equal(status, 400)
        assert.deepEqual(upstream.take(), [])
      })
    }

    await t.test(`${door}: two Host headers are denied`, async () => {
      const headers = [['Host', 'b.example']] as const
      assert.equal((await ask(envoy.port(`${door} plain`), { headers })).status, 400)
      assert.deepEqual(upstream.take(), [])
    })

    await t.test(`${door}: behind an edge proxy a client cannot choose the scheme`, async () => {
      const headers = [['X-Forwarded-Proto', 'https']] as const
      await ask(envoy.port(`${door} edge`), { headers })
      assert.deepEqual(upstream.only().all('x-judged-host'), ['http://app.example'])
    })
    for (const proto of ['evil', 'https,http', 'HTTPS', 'http://']) {
      await t.test(
        `${door}: forwarded scheme ${proto} is matched as http or https, or denied`,
        async () => {
          const headers = [['X-Forwarded-Proto', proto]] as const
          const { status } = await ask(envoy.port(`${door} plain`), { headers })
          const judged = upstream.take().flatMap(received => received.all('x-judged-host'))
          assert.match(`${status} ${judged}`, /^400 $|^200 https?:\/\/app\.example$/)
        },
      )
    }
  }
})

const lower = (text: string): string => text.toLowerCase()

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawHeaders } from '../support/check.ts'
import { eventually } from '../support/child.ts'
import { makeToken } from '../support/keys.ts'
import { ask } from '../support/raw-http.ts'
import { bearer, host, key, open, startAreas } from './areas.ts'

const rules = [
  {
    ...open('split', `http://${host}/split`),
    mutators: [
      { handler: 'header', config: { headers: { 'X-Claim': '{{ print .Extra.text }}' } } },
    ],
  },
  {
    ...open('fields', `http://${host}/fields`),
    mutators: [{ handler: 'header', config: { headers: { 'X-A': '{{ .Nothing }}' } } }],
  },
]

for (const format of ['text', 'json'] as const) {
  test(`the ${format} log at its highest level has one line per event and no credential`, async t => {
    const config = { log: { level: 'trace', format } }
    const { oarlock, check } = await startAreas(t, { rules, config })
    const forged = 'x\r\ntime=2020 level=info msg="forged" forged=1'
    const token = await makeToken(key, { sub: 'alice', text: forged, password: 'hunter2' })
    const headers = [
      bearer(token),
      ['Cookie', 'session=hunter3'],
      ['User-Agent', 'a\tforged=1 "level":"fatal"'],
      ['X-Forwarded-For', '10.0.0.1, forged=1'],
    ] as const
    for (const path of ['/split', '/fields', '/nowhere?access_token=hunter4']) {
      await ask(oarlock.api, { target: `/decisions${path}`, host, headers })
      await check({ host, path, ...rawHeaders(...headers) })
    }
    await check({ host: 'a\r\nforged=1', path: '/' })
    await check({ host, path: '/\r\nforged=1' })
    await ask(oarlock.api, { target: '/decisions/', host: 'a b forged=1' })

    const lines = await eventually(() => {
      const found = oarlock
        .log()
        .split('\n')
        .filter(line => line.includes('denied'))
      return found.length >= 6 ? oarlock.log().trimEnd().split('\n') : undefined
    }, 'the denials in the log')
    const begins = format === 'json' ? /^\{"level":/ : /^time=\S+ level=\S+ msg=/
    for (const line of lines) assert.match(line, begins)
    const log = lines.join('\n')
    assert.doesNotMatch(log, /hunter[234]/)
    assert.ok(!log.includes(token.split('.')[1] ?? token))
    assert.doesNotMatch(log, /^time=2020|"level":"fatal"/m)
  })
}

test('the answer to a client contains no file name, line number or token', async t => {
  const { oarlock, check } = await startAreas(t, { rules })
  const token = await makeToken(key, { sub: 'alice', text: 'a\r\nb' })
  for (const path of ['/split', '/fields', '/nowhere']) {
    const headers = [bearer(token)] as const
    const answer = await ask(oarlock.api, { target: `/decisions${path}`, host, headers })
    const checked = await check({ host, path, ...rawHeaders(...headers) })
    for (const text of [answer.text, JSON.stringify(checked)]) {
      assert.doesNotMatch(text, /\.[jt]s\b|node:|\bat \w+|eyJ|\/home|dist\//)
    }
  }
})

test('access log metadata contains rule and subject, never a credential', async t => {
  const { check } = await startAreas(t)
  const token = await makeToken(key, { sub: 'alice', secret: 'hunter2' })
  const headers = [bearer(token), ['cookie', 'session=hunter3']] as const
  const { dynamic_metadata } = await check({ host, path: '/public', ...rawHeaders(...headers) })
  const text = JSON.stringify(dynamic_metadata)
  assert.match(text, /alice/)
  assert.match(text, /public/)
  assert.doesNotMatch(text, /eyJ|hunter/)
})

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { load } from 'js-yaml'
import { run } from '../../../src/cli/run.ts'
import { temporaryFolder } from '../../support/folder.ts'

async function show(t: TestContext, config: object, flags: readonly string[] = []) {
  const file = join(temporaryFolder(t), 'c.yaml')
  writeFileSync(file, JSON.stringify(config, null, 2))
  let text = ''
  const output = {
    out: (part: string) => {
      text += part
    },
    err: (part: string) => assert.fail(part),
  }
  assert.equal(await run(['config', 'show', '-c', file, ...flags], output), 0)
  return { text, file, lines: text.split('\n') }
}

test('the effective configuration is YAML again, with defaults', async t => {
  const { text } = await show(t, { serve: { api: { port: 1234 } } })
  const read = load(text) as { serve: { api: { port: number }; proxy: { port: number } } }
  assert.equal(read.serve.api.port, 1234)
  assert.equal(read.serve.proxy.port, 4455)
})

test('each value has its origin, and with --set only values that were set are printed', async t => {
  process.env['SERVE_PROXY_PORT'] = '5555'
  t.after(() => delete process.env['SERVE_PROXY_PORT'])
  const { lines, file } = await show(t, { serve: { api: { port: 1234 } } }, ['--set'])
  assert.deepEqual(lines, [
    'serve:',
    '  api:',
    `    port: 1234 # ${file}:4`,
    '  proxy:',
    '    port: 5555 # $SERVE_PROXY_PORT',
    '',
  ])
})

test('no secret is printed', async t => {
  const secret = 'do-not-show'
  const inline = `inline://${Buffer.from(secret).toString('base64')}`
  const { text } = await show(t, {
    serve: { api: { tls: { key: { base64: secret }, cert: { path: 'c' } } } },
    cache: { backend: 'redis', redis: { url: `redis://user:${secret}@cache:6379` } },
    tracing: { providers: { otlp: { authorization_header: secret } } },
    access_rules: { repositories: [`https://user:${secret}@rules.test/r.json`] },
    authenticators: {
      oauth2_introspection: {
        enabled: true,
        config: {
          introspection_url: 'https://i.test/',
          pre_authorization: {
            enabled: true,
            client_id: 'id',
            client_secret: secret,
            token_url: 'https://t.test/',
          },
          introspection_request_headers: { Authorization: secret },
        },
      },
    },
    authorizers: {
      remote_json: {
        enabled: true,
        config: { remote: 'https://r.test/', payload: '{}', headers: { 'X-Api-Key': secret } },
      },
    },
    mutators: {
      id_token: { enabled: true, config: { issuer_url: 'https://i.test/', jwks_url: inline } },
      hydrator: {
        enabled: true,
        config: {
          api: { url: 'https://h.test', auth: { basic: { username: 'u', password: secret } } },
        },
      },
    },
  })
  assert.doesNotMatch(text, new RegExp(secret))
  assert.doesNotMatch(text, new RegExp(inline.slice(9)))
  assert.match(text, /client_id: "id"/)
  assert.match(text, /redis:\/\/\*\*\*@cache:6379/)
})

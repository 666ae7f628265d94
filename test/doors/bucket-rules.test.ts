/** A started server with a bucket as its only rule source. */
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import { bucketServices } from '../support/bucket-services.ts'
import { eventually } from '../support/child.ts'
import { launchOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { until } from '../support/until.ts'

const secret = 'hush-aws-secret'
process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE'
process.env['AWS_SECRET_ACCESS_KEY'] = secret

const rulesWith = (id: string): string =>
  JSON.stringify([
    {
      id,
      match: { url: 'http://app.example/<.*>', methods: ['GET'] },
      authenticators: [{ handler: 'noop' }],
      authorizer: { handler: 'allow' },
      mutators: [{ handler: 'noop' }],
    },
  ])

test('the server waits for a bucket that is down, loads its rules, follows changes, and keeps them when it goes down again', async t => {
  const down: RequestListener = (_, response) => response.writeHead(503).end()
  const holding =
    (id: string): RequestListener =>
    ({ headers }, response) => {
      const tag = `"${id}"`
      const isKnown = headers['if-none-match'] === tag
      response.writeHead(isKnown ? 304 : 200, { etag: tag }).end(isKnown ? '' : rulesWith(id))
    }
  let bucket = down
  const stub = await stubServer(t, (request, response) => bucket(request, response))
  const oarlock = await launchOarlock(t, {
    config: {
      access_rules: {
        repositories: [bucketServices.s3.location(stub.origin, 'rules.json')],
        refresh: '1s',
        on_start_error: 'wait',
      },
      authenticators: { noop: { enabled: true } },
      authorizers: { allow: { enabled: true } },
      mutators: { noop: { enabled: true } },
    },
  })
  const ready = async (): Promise<number | undefined> =>
    (await ask(oarlock.api, { target: '/health/ready' }).catch(() => undefined))?.status
  const has = async (id: string): Promise<boolean> =>
    (await ask(oarlock.api, { target: `/rules/${id}` })).status === 200
  await until(async () => (await ready()) === 503, 'it is not ready')
  bucket = holding('first')
  await until(async () => (await ready()) === 200, 'it is ready')
  assert.ok(await has('first'))
  bucket = holding('second')
  await until(() => has('second'), 'the rule changed')
  bucket = down
  const logged = oarlock.log().length
  const log = await eventually(() => {
    const text = oarlock.log()
    return text.slice(logged).includes('answered with 503') ? text : undefined
  }, 'the failure is logged')
  assert.ok(await has('second'))
  assert.doesNotMatch(log, new RegExp(`${secret}|endpoint=`))
})

/** `serve.paths` holds for every door and every place that a path is read from. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import express from 'express'
import { stringify } from 'yaml'
import { createAuthorizer } from '../../src/app/embedded/express.ts'
import { createHandler } from '../../src/app/embedded/lambda.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

type Paths = Readonly<Record<string, string>>

const host = 'app.example'

const handlers = {
  log: { level: 'fatal' },
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { header: { enabled: true, config: { headers: {} } } },
}

const rulesTo = (upstream: number) => [
  {
    id: 'echo',
    match: { url: `<https?>://${host}<.*>`, methods: ['GET'] },
    upstream: { url: `http://127.0.0.1:${upstream}` },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [
      {
        handler: 'header',
        config: {
          headers: {
            'X-Path': '{{ .MatchContext.URL.Path }}',
            'X-Encoded': '{{ .MatchContext.URL.EscapedPath }}',
          },
        },
      },
    ],
  },
]

/** What one door answers: the status, the matched path, and the target that the upstream got. */
interface Seen {
  readonly status: number
  readonly path?: string | undefined
  readonly encoded?: string | undefined
  readonly target?: string | undefined
}

type Door = (target: string) => Promise<Seen>

async function openDoors(t: TestContext, paths: Paths): Promise<Readonly<Record<string, Door>>> {
  const upstream = await startUpstream(t)
  const rules = rulesTo(upstream.port)
  const start = (api: object): Promise<Oarlock> =>
    startOarlock(t, { config: { ...handlers, serve: { paths, api } }, rules })
  const auto = await start({})
  const original = await start({ forwarded: 'x-original' })
  const check = checkClient(t, `127.0.0.1:${auto.grpc}`)
  const decided = async (port: number, target: string, headers: Paths = {}): Promise<Seen> => {
    const answer = await ask(port, {
      host,
      target,
      headers: Object.entries(headers),
    })
    const [path] = answer.all('x-path')
    return { status: answer.status, path, encoded: answer.all('x-encoded')[0] }
  }
  return {
    'request line': target => decided(auto.api, `/decisions${target}`),
    'X-Forwarded-Uri': target =>
      decided(auto.api, '/decisions', {
        'X-Forwarded-Method': 'GET',
        'X-Forwarded-Uri': target,
      }),
    'X-Original-URL': target =>
      decided(original.api, '/decisions', {
        'X-Original-Method': 'GET',
        'X-Original-URL': `http://${host}${target}`,
      }),
    gRPC: async target => {
      const { status, ok_response, denied_response } = await check({
        host,
        path: target,
      })
      if (status?.code !== 0) return { status: denied_response?.status?.code ?? 0 }
      const headerOf = (name: string): string =>
        `${ok_response?.headers.find(({ header }) => header.key.toLowerCase() === name.toLowerCase())?.header.value}`
      return {
        status: 200,
        path: headerOf('X-Path'),
        encoded: headerOf('X-Encoded'),
      }
    },
    proxy: async target => {
      const { status } = await ask(auto.proxy, { host, target })
      if (status !== 200) return { status }
      const received = upstream.only()
      const [path] = received.all('x-path')
      const [encoded] = received.all('x-encoded')
      return { status, path, encoded, target: received.target }
    },
    Express: await expressDoor(t, paths, rules),
    Lambda: lambdaDoor(t, paths, rules),
  }
}

function files(t: TestContext, paths: Paths, rules: readonly object[]): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const file = join(folder, 'oarlock.yaml')
  const repositories = [`file://${join(folder, 'rules.yaml')}`]
  writeFileSync(
    file,
    stringify({
      ...handlers,
      serve: { paths },
      access_rules: { repositories },
    }),
  )
  return file
}

async function expressDoor(t: TestContext, paths: Paths, rules: readonly object[]): Promise<Door> {
  const { middleware, close } = await createAuthorizer({
    config: [files(t, paths, rules)],
  })
  t.after(close)
  const app = express()
  app.use(middleware)
  app.use((request, response) => {
    const { headers, url, originalUrl } = request
    assert.equal(originalUrl, url)
    response.json({
      path: headers['x-path'],
      encoded: headers['x-encoded'],
      target: url,
    })
  })
  const port = await listen(t, createServer(app))
  return async target => {
    const { status, text } = await ask(port, { host, target })
    return status === 200 ? { status, ...(JSON.parse(text) as object) } : { status }
  }
}

function lambdaDoor(t: TestContext, paths: Paths, rules: readonly object[]): Door {
  const handle = createHandler({ config: [files(t, paths, rules)] })
  return async target => {
    const event = {
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:eu-central-1:1:api/$default/GET/x',
      rawPath: target,
      rawQueryString: '',
      headers: { host },
      requestContext: {
        domainName: host,
        http: { method: 'GET' },
        stage: '$default',
      },
    }
    const answer = (await handle(event).catch((error: Error) => error.message)) as
      | {
          readonly isAuthorized: boolean
          readonly context?: Readonly<Record<string, string>>
        }
      | string
    if (typeof answer === 'string' || !answer.isAuthorized) return { status: 400 }
    return {
      status: 200,
      path: answer.context?.['X-Path'],
      encoded: answer.context?.['X-Encoded'],
    }
  }
}

const refused: Seen = { status: 400 }

test('keep: an escaped slash stays an escape in what is matched and what is sent', async t => {
  const doors = await openDoors(t, { encoded_slash: 'keep' })
  for (const [name, door] of Object.entries(doors)) {
    if (name === 'Lambda') continue
    const seen = await door('/a%2fb%5cc')
    assert.equal(seen.status, 200, name)
    assert.equal(seen.path, '/a%2Fb%5Cc', name)
    // Matched with all of its escapes, it is a decoded path to templates, as in Oathkeeper.
    const encoded = name === 'X-Forwarded-Uri' ? '/a%252Fb%255Cc' : '/a%2Fb%5Cc'
    assert.equal(seen.encoded, encoded, name)
    assert.ok(seen.target === undefined || seen.target === '/a%2Fb%5Cc', `${name}: ${seen.target}`)
    for (const bad of ['/a%252Fb', '/a%2F..%2Fb', '/a/..%5Cb', '/a%2F../b'])
      assert.equal((await door(bad)).status, 400, `${name} ${bad}`)
  }
  assert.equal((await doors['Lambda']?.('/a%2Fb'))?.status, 400)
})

test('keep: a proxied path that is written again keeps its escapes', async t => {
  const doors = await openDoors(t, { encoded_slash: 'keep' })
  const seen = await doors['proxy']?.('//a b/%c3%bc%2fx%25')
  assert.equal(seen?.target ?? seen?.status, 400)
  const cleaned = await doors['proxy']?.('//a/%c3%bc%2fx%25')
  assert.equal(cleaned?.target, '/a/%C3%BC%2Fx%25')
})

test('reject: an escaped slash is refused at every door', async t => {
  const doors = await openDoors(t, { encoded_slash: 'reject' })
  for (const [name, door] of Object.entries(doors)) {
    for (const bad of ['/a%2Fb', '/a%2fb', '/a%5Cb', '/a%5cb'])
      assert.deepEqual(statusOf(await door(bad)), refused, `${name} ${bad}`)
    assert.equal((await door('/a/b')).status, 200, name)
  }
})

test('reject: a parameter of a path is refused at every door', async t => {
  const doors = await openDoors(t, { parameters: 'reject' })
  for (const [name, door] of Object.entries(doors)) {
    for (const bad of ['/admin;x', '/admin;', '/admin%3Bx', '/admin%3bx'])
      assert.deepEqual(statusOf(await door(bad)), refused, `${name} ${bad}`)
    assert.equal((await door('/admin')).status, 200, name)
  }
})

test('decoded: X-Forwarded-Uri is matched as a request line is', async t => {
  const doors = await openDoors(t, { forwarded_uri: 'decoded' })
  for (const target of ['/a%20b', '/%61/%2e%2e/c', '/a%2Fb', '/%C3%BC']) {
    const line = await doors['request line']?.(target)
    assert.equal(line?.status, 200)
    assert.deepEqual(await doors['X-Forwarded-Uri']?.(target), line, target)
  }
  assert.deepEqual(await doors['X-Forwarded-Uri']?.('/a%5Cb'), {
    ...refused,
    ...none,
  })
})

test('a changed section takes effect without a restart', async t => {
  const upstream = await startUpstream(t)
  const config = { ...handlers, serve: { paths: { parameters: 'text' } } }
  const oarlock = await startOarlock(t, {
    config,
    rules: rulesTo(upstream.port),
  })
  const check = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  const statuses = async () => [
    (await ask(oarlock.api, { host, target: '/decisions/a;b' })).status,
    (await ask(oarlock.proxy, { host, target: '/a;b' })).status,
    (await check({ host, path: '/a;b' })).denied_response?.status?.code ?? 200,
  ]
  assert.deepEqual(await statuses(), [200, 200, 200])
  const text = readFileSync(oarlock.files.config, 'utf8')
  writeFileSync(oarlock.files.config, text.replace('parameters: text', 'parameters: reject'))
  await until(async () => String(await statuses()) === '400,400,400', 'every door refuses')
})

const none = { path: undefined, encoded: undefined }
const statusOf = ({ status }: Seen): Seen => ({ status })

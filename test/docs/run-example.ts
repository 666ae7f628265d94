/** Starts a server on an example of a page and sends the requests of the page. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parse, stringify } from 'yaml'
import { type Running, start } from '../../src/app/start.ts'
import { run } from '../../src/cli/run.ts'
import { loadConfig } from '../../src/config/load.ts'
import { checkClient } from '../support/check-client.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { ask } from '../support/raw-http.ts'
import type { Asked, Example } from './examples.ts'

export interface Answered {
  readonly status: number
  /** All values of a lower-case name. */
  readonly all: (name: string) => readonly string[]
  readonly text: string
}

export interface Site {
  readonly ask: (asked: Asked) => Promise<Answered>
  /** The output of a command about the example. */
  readonly command: (name: 'validate' | 'lint') => Promise<string>
}

type Sections = Readonly<Record<string, object>>

const key = makeKey('ES256', 'page')
const keySet = inline(keySetOf(key))
const door = { host: '127.0.0.1', port: 0 }

/** What exists unless an example says otherwise, as the pages describe it. */
const common = {
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    jwt: {
      enabled: true,
      config: { jwks_urls: [keySet], allowed_algorithms: ['ES256'] },
    },
    noop: { enabled: true },
    unauthorized: { enabled: true },
  },
  authorizers: {
    allow: { enabled: true },
    cel: { enabled: true },
    deny: { enabled: true },
  },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
    cookie: { enabled: true, config: { cookies: { user: '{{ print .Subject }}' } } },
    noop: { enabled: true },
  },
  errors: { fallback: ['json'], handlers: { json: { enabled: true, config: { verbose: true } } } },
}
const serve = {
  api: { ...door, forwarded: 'envoy' },
  grpc: door,
  proxy: door,
  prometheus: { enabled: false },
}
const plainRule = {
  authenticators: [{ handler: 'jwt' }, { handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
}

export async function openExample(t: Cleanup, example: Example): Promise<Site> {
  const folder = temporaryFolder(t)
  const upstream = await echo(t)
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(join(folder, 'rules.yaml'), rulesText(example, upstream))
  const config = stringify(configuration(example, folder), { aliasDuplicateObjects: false })
  writeFileSync(file, config.replaceAll(upstreamName, upstream).replaceAll(keyFile, keySet))
  let running: Promise<Running> | undefined
  return {
    ask: async asked => {
      running ??= startOn(t, file)
      return askAt(t, await running, { asked, upstream })
    },
    command: name => printed([name, '-c', file]),
  }
}

/** The upstream and the key set of the examples, with the names of the pages. */
const upstreamName = 'orders.internal:8080'
const keyFile = 'file://keys.json'

const rulesText = ({ rules }: Example, upstream: string): string =>
  stringify(
    (parse(rules.replaceAll(upstreamName, upstream)) as object[]).map(rule => ({
      ...plainRule,
      ...('authorizers' in rule ? { authorizer: undefined } : {}),
      ...rule,
    })),
  )

function configuration({ config }: Example, folder: string): object {
  const own = (parse(config) ?? {}) as Sections
  const sections = Object.entries({ ...common, serve }).map(([name, section]) => [
    name,
    { ...section, ...own[name] },
  ])
  const repositories = [`file://${folder}/rules.yaml`]
  return {
    ...Object.fromEntries(sections),
    ...('resources' in own ? { resources: own['resources'] } : {}),
    access_rules: { ...own['access_rules'], repositories },
  }
}

const ignore = () => undefined
const silent = { error: ignore, warn: ignore, info: ignore, debug: ignore }

async function startOn(t: Cleanup, file: string): Promise<Running> {
  const outcome = await loadConfig({ files: [file], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const running = await start({ config: outcome.config, log: silent, strict: false })
  t.after(() => running.stop())
  return running
}

async function printed(args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  await run(args, { out: add, err: add })
  return lines.join('')
}

/** Answers with the request line and the headers that it received, and with the body in a header. */
async function echo(t: Cleanup): Promise<string> {
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const body = await readAll(request)
    if (body !== '') response.setHeader('X-Body', body)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    response.end([`${method} ${url}`, ...lines].join('\n'))
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.after(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Question {
  readonly asked: Asked
  readonly upstream: string
}

const portOf = (address: string | undefined): number => Number(address?.split(':').pop())

async function askAt(
  t: Cleanup,
  running: Running,
  { asked, upstream }: Question,
): Promise<Answered> {
  const { body } = asked
  const headers = [...asked.headers, ...(await credentialsOf(asked)), ...typeOf(asked)]
  const { scheme, host, target } = partsOf(asked.url)
  const { addresses } = running
  if (asked.door === 'grpc') return check(t, addresses.grpc ?? '', { asked, headers })
  const isProxy = asked.door === 'proxy'
  const answer = await ask(portOf(isProxy ? addresses.proxy : addresses.api), {
    method: asked.method,
    host,
    target: isProxy ? target : `/decisions${target}`,
    headers: isProxy ? headers : [['X-Forwarded-Proto', scheme], ...headers],
    ...(body && { body }),
  })
  return { ...answer, text: answer.text.replaceAll(upstream, upstreamName) }
}

/** As written: `new URL` would normalise the path. */
function partsOf(url: string) {
  const [, scheme = '', host = '', target = ''] = /^([^:]+):\/\/([^/]*)(.*)$/.exec(url) ?? []
  return { scheme, host, target }
}

const typeOf = ({ body }: Asked): readonly (readonly [string, string])[] =>
  body === undefined ? [] : [['Content-Type', 'application/json']]

async function credentialsOf({ claims }: Asked): Promise<readonly (readonly [string, string])[]> {
  if (claims === undefined) return []
  const exp = Math.floor(Date.now() / 1000) + 3600
  return [['Authorization', `Bearer ${await makeToken(key, { exp, ...claims })}`]]
}

interface Call {
  readonly asked: Asked
  readonly headers: readonly (readonly [string, string])[]
}

async function check(t: Cleanup, address: string, { asked, headers }: Call): Promise<Answered> {
  const { scheme, host, target } = partsOf(asked.url)
  const { body } = asked
  const length = body === undefined ? [] : [['content-length', `${body.length}`]]
  const lower = [...headers.map(([name, value]) => [name.toLowerCase(), value]), ...length]
  const found = await checkClient(
    t,
    address,
  )({
    method: asked.method,
    scheme,
    host,
    path: target,
    headers: Object.fromEntries(lower) as Record<string, string>,
    ...(body && { raw_body: body }),
  })
  const denied = found.denied_response
  const sent = (denied ?? found.ok_response)?.headers ?? []
  return {
    status: denied?.status?.code ?? 200,
    all: name =>
      sent
        .map(({ header }) => header)
        .filter(h => h.key.toLowerCase() === name)
        .map(h => h.value),
    text: denied?.body ?? '',
  }
}

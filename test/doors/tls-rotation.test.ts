/** Certificates that change while a listener runs: a file that cannot be used never replaces one that can. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import { start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createAuthority, type Identity } from '../support/certificates.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

const authority = createAuthority()
const clients = createAuthority('clients')
const others = createAuthority('others')
const first = authority.issue('first')
const member = clients.issue('member')
const stranger = others.issue('stranger')

const doors = ['api', 'proxy', 'grpc'] as const
type Door = (typeof doors)[number]

interface Files {
  readonly key: string
  readonly cert: string
  readonly client_ca: string
}

interface Server {
  readonly files: Files
  readonly ports: Readonly<Record<Door, number>>
  readonly warnings: string[]
  readonly renewals: string[]
}

async function serve(t: TestContext): Promise<Server> {
  const { port } = await startUpstream(t)
  const folder = temporaryFolder(t)
  const at = (name: string): string => join(folder, name)
  const files = { key: at('key.pem'), cert: at('cert.pem'), client_ca: at('ca.pem') }
  writeFileSync(files.key, first.key)
  writeFileSync(files.cert, first.cert)
  writeFileSync(files.client_ca, clients.cert)
  const tls = Object.fromEntries(Object.entries(files).map(([name, path]) => [name, { path }]))
  const door = { host: '127.0.0.1', port: 0, tls }
  const rule = {
    id: 'all',
    upstream: { url: `http://127.0.0.1:${port}` },
    match: { url: 'https://<[^/]+>/<.*>', methods: ['GET'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }
  const rules = Buffer.from(JSON.stringify([rule])).toString('base64')
  const config = {
    serve: { api: door, proxy: door, grpc: door, prometheus: { enabled: false } },
    access_rules: { repositories: [`inline://${rules}`] },
    authenticators: { anonymous: { enabled: true } },
    authorizers: { allow: { enabled: true } },
    mutators: { noop: { enabled: true } },
  }
  writeFileSync(at('config.json'), JSON.stringify(config))
  const outcome = await loadConfig({ files: [at('config.json')], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const warnings: string[] = []
  const renewals: string[] = []
  const silent = (): void => undefined
  const warn = (text: string, fields: object = {}): void => {
    warnings.push(`${text} ${JSON.stringify(fields)}`)
  }
  const info = (text: string): void => {
    if (text === 'A certificate was renewed') renewals.push(text)
  }
  const log = { error: silent, warn, info, debug: silent }
  const running = await start({ config: outcome.config, log, strict: true })
  t.after(() => running.stop())
  const portOf = (name: Door): number => Number(running.addresses[name]?.split(':').pop())
  const ports = { api: portOf('api'), proxy: portOf('proxy'), grpc: portOf('grpc') }
  return { files, ports, warnings, renewals }
}

type Ask = (port: number, client: Partial<Identity>) => Promise<boolean>

const isHeardOverHttp =
  (path: string): Ask =>
  async (port, client) => {
    const options = { host: '127.0.0.1', port, path, ca: authority.cert, agent: false, ...client }
    const request = httpsRequest(options).end()
    const outcome = once(request, 'response') as Promise<[IncomingMessage]>
    return outcome.then(
      ([answer]) => answer.resume().statusCode === 200,
      () => false,
    )
  }

const isHeardOverGrpc =
  (t: TestContext): Ask =>
  async (port, { key, cert }) => {
    const bytes = (text?: string): Buffer | null => (text === undefined ? null : Buffer.from(text))
    const channel = credentials.createSsl(bytes(authority.cert), bytes(key), bytes(cert))
    const check = checkClient(t, `127.0.0.1:${port}`, channel)
    return check({ scheme: 'https', host: 'a', path: '/x' }).then(
      ({ status }) => status?.code === 0,
      () => false,
    )
  }

/** Whether a door answers a client of the authority, an unknown client, and a client without a certificate. */
function heard(t: TestContext, { ports }: Server, door: Door): Promise<readonly boolean[]> {
  const asks = {
    api: isHeardOverHttp('/decisions/x'),
    proxy: isHeardOverHttp('/x'),
    grpc: isHeardOverGrpc(t),
  }
  return Promise.all([member, stranger, {}].map(client => asks[door](ports[door], client)))
}

const shownName = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { port, host: 'localhost', ca: authority.cert, ...member }
    const socket = connectTls({ ...options, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })

async function assertUnchanged(t: TestContext, server: Server, what: string): Promise<void> {
  for (const door of doors) {
    assert.deepEqual(await heard(t, server, door), [true, false, false], `${door}: ${what}`)
    assert.equal(await shownName(server.ports[door]), 'first', `${door}: ${what}`)
  }
  assert.deepEqual(server.renewals, [], what)
}

const half = (pem: string): string => pem.slice(0, pem.length / 2)

/** The new content of the file, and the cause in the warning, next to the key and the file. */
type Bad = readonly [text: string | undefined, expected: RegExp]

const unusable: Readonly<Record<keyof Files, Readonly<Record<string, Bad>>>> = {
  client_ca: {
    'an incomplete first line': ['-----BEGIN garbage-----\n', /found no certificate/],
    'an empty file': ['', /found no PEM text/],
    'a file of spaces': ['  \n', /found no PEM text/],
    'no file': [undefined, /ENOENT/],
    'a certificate that may not sign others': [stranger.cert, /not one of an authority/],
    'an authority, and a certificate that may not sign': [
      clients.cert + stranger.cert,
      /not one of an authority/,
    ],
    'half a certificate': [half(others.cert), /found no certificate/],
    'a whole certificate, and half of another': [
      clients.cert + half(others.cert),
      /besides whole certificates/,
    ],
    'an authority, and an incomplete line': [
      `${others.cert}-----BEGIN garbage-----\n`,
      /besides whole certificates/,
    ],
    'a certificate without its content': [
      '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      /cannot be read/,
    ],
    'a key': [stranger.key, /found no certificate/],
    'an authority, and a key': [others.cert + stranger.key, /besides whole certificates/],
    'an authority that has expired': [
      createAuthority('ended', { days: -1 }).cert,
      /every certificate has ended/,
    ],
  },
  key: {
    'the key of another certificate': [stranger.key, /does not fit .*cert\.pem/],
    'a certificate': [first.cert, /cannot be read as a private key/],
    'half a key': [half(first.key), /cannot be read as a private key/],
    'an empty file': ['', /found no PEM text/],
    'no file': [undefined, /ENOENT/],
  },
  cert: {
    'a certificate of another key': [authority.issue('second').cert, /key\.pem.* does not fit/],
    'a key': [first.key, /cannot be read as a certificate/],
    'half a certificate': [half(first.cert), /cannot be read as a certificate/],
    'a whole certificate, and half of another': [
      first.cert + half(authority.cert),
      /cannot be read as a certificate/,
    ],
    'an empty file': ['', /found no PEM text/],
    'no file': [undefined, /ENOENT/],
  },
}

const write = (path: string, text: string | undefined): void => {
  if (text === undefined) rmSync(path)
  else writeFileSync(path, text)
}

for (const [name, texts] of Object.entries(unusable)) {
  test(`a new ${name} that cannot be used changes nothing at any door`, async t => {
    const server = await serve(t)
    const { files, warnings } = server
    const path = files[name as keyof Files]
    for (const [what, [text, expected]] of Object.entries(texts)) {
      warnings.length = 0
      write(path, text)
      for (const door of doors) {
        const key = `serve.${door}.tls.${name}`
        const names = (line: string): boolean =>
          line.includes('cannot be used') &&
          line.includes(key) &&
          line.includes(path) &&
          expected.test(line)
        await until(
          () => warnings.some(names),
          `${key} was named for ${what}: ${warnings.join('\n')}`,
        )
      }
      await assertUnchanged(t, server, what)
    }
  })
}

test('an expired certificate does not replace a valid one', async t => {
  const server = await serve(t)
  const { files, warnings } = server
  const ended = createAuthority('ended', { days: -1 }).issue('ended')
  writeFileSync(files.key, ended.key)
  writeFileSync(files.cert, ended.cert)
  for (const door of doors) {
    const says = `serve.${door}.tls.cert.path: ${files.cert}: every certificate has ended`
    await until(() => warnings.some(line => line.includes(says)), `${door} refused it`)
  }
  await assertUnchanged(t, server, 'ended')
})

test('a valid authority replaces the previous one at every door', async t => {
  const server = await serve(t)
  writeFileSync(server.files.client_ca, '-----BEGIN garbage-----\n')
  await until(() => server.warnings.length >= doors.length, 'each door refused the file')
  writeFileSync(server.files.client_ca, others.cert)
  await until(() => server.renewals.length >= doors.length, 'each door uses the file')
  for (const door of doors) {
    assert.deepEqual(await heard(t, server, door), [false, true, false], door)
  }
})

test('a renewed listener keeps its cipher suites and TLS versions', async t => {
  const server = await serve(t)
  const isAccepted = (port: number, more: object): Promise<boolean> =>
    new Promise(resolve => {
      const options = { port, host: 'localhost', ca: authority.cert, ...member, ...more }
      const socket = connectTls({ ...options, ALPNProtocols: ['h2'] }, () => {
        resolve(true)
        socket.destroy()
      })
      socket.on('error', () => resolve(false))
    })
  const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' }
  const good = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }
  const curve = { ecdhCurve: 'P-521' }
  const accepted = (): Promise<readonly (readonly boolean[])[]> =>
    Promise.all(
      doors.map(door =>
        Promise.all([weak, good, curve].map(more => isAccepted(server.ports[door], more))),
      ),
    )
  const before = await accepted()
  assert.deepEqual(before.slice(0, 2), [
    [false, true, false],
    [false, true, false],
  ])
  const second = authority.issue('second')
  writeFileSync(server.files.key, second.key)
  writeFileSync(server.files.cert, second.cert)
  await until(() => server.renewals.length >= doors.length, 'each door uses the file')
  assert.deepEqual(await accepted(), before)
})

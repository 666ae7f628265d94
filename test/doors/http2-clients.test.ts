/** Clients of several HTTP/2 and gRPC implementations at the gRPC port: over TCP, a unix socket and TLS. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { credentials } from '@grpc/grpc-js'
import { createAuthority } from '../support/certificates.ts'
import { answerOf, checkOf } from '../support/check.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { checkClient } from '../support/grpc-client.ts'
import { startOarlock } from '../support/oarlock.ts'

const run = promisify(execFile)
const path = '/envoy.service.auth.v3.Authorization/Check'
const host = 'app.example'
const allowed = checkOf({ host, path: '/orders' })
const denied = checkOf({ host, path: '/none' })

const framed = (message: Buffer): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** A CheckRequest in JSON. */
const jsonOf = (target: string): string => {
  const http = { method: 'GET', scheme: 'http', host, path: target }
  return JSON.stringify({ attributes: { request: { http } } })
}

type Kind = 'tcp' | 'unix' | 'tls'

interface Place {
  readonly kind: Kind
  readonly folder: string
  /** `127.0.0.1:port`, or the path of the socket. */
  readonly address: string
  readonly ca: string
}

const anybody = {
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

async function start(t: TestContext, kind: Kind): Promise<Place> {
  const folder = temporaryFolder(t)
  const authority = createAuthority()
  const identity = authority.issue('oarlock')
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const tls = {
    key: { path: file('key.pem', identity.key) },
    cert: { path: file('cert.pem', identity.cert) },
  }
  const socket = join(folder, 'grpc.sock')
  const oarlock = await startOarlock(t, {
    config: {
      serve: { grpc: kind === 'tls' ? { tls } : {} },
      authenticators: { anonymous: { enabled: true } },
      authorizers: { allow: { enabled: true } },
      mutators: { noop: { enabled: true } },
    },
    rules: [{ id: 'r', match: { url: `http://${host}/orders`, methods: ['GET'] }, ...anybody }],
    ...(kind === 'unix' && { grpcSocket: socket }),
  })
  const address = kind === 'unix' ? socket : `127.0.0.1:${oarlock.grpc}`
  return { kind, folder, address, ca: file('ca.pem', authority.cert) }
}

/** Clients of the real world. Each sends an allowed and a denied check. */
const clients: Readonly<Record<string, (t: TestContext, place: Place) => Promise<void>>> = {
  'grpc-js': async (t, { kind, address, ca }) => {
    const channel =
      kind === 'tls' ? credentials.createSsl(readFileSync(ca)) : credentials.createInsecure()
    const client = checkClient(t, kind === 'unix' ? `unix:${address}` : address, {
      channel,
      // Node does not accept an address as SNI name.
      'grpc.ssl_target_name_override': 'localhost',
    })
    assert.ok((await client.check(allowed)).ok_response)
    assert.equal((await client.check(denied)).denied_response?.status?.code, 'NotFound')
  },
  curl: async (_, place) => {
    for (const [message, isAllowed] of [
      [allowed, true],
      [denied, false],
    ] as const) {
      const [body, out] = [join(place.folder, 'body'), join(place.folder, 'out')]
      writeFileSync(body, framed(message))
      const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
      const where = {
        tcp: ['--http2-prior-knowledge', `http://${place.address}${path}`],
        unix: [
          '--http2-prior-knowledge',
          '--unix-socket',
          place.address,
          `http://localhost${path}`,
        ],
        tls: ['--http2', '--cacert', place.ca, `https://${place.address}${path}`],
      }[place.kind]
      const { stdout } = await run('curl', [
        ...['-sS', '-o', out, '-w', '%{http_version} %{http_code}'],
        ...['--data-binary', `@${body}`, ...headers, ...where],
      ])
      assert.equal(stdout, '2 200')
      const answer = answerOf(readFileSync(out).subarray(5))
      assert.equal(answer.ok_response !== undefined, isAllowed)
    }
  },
  h2load: async (_, { kind, folder, address }) => {
    const body = join(folder, 'body')
    writeFileSync(body, framed(allowed))
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const where = {
      tcp: [`http://${address}${path}`],
      unix: ['-B', `unix:${address}`, `http://localhost${path}`],
      tls: [`https://${address}${path}`],
    }[kind]
    const { stdout } = await run('h2load', [
      ...['-n', '2000', '-c', '4', '-m', '20', '-d', body, ...headers, ...where],
    ])
    assert.match(stdout, /2000 succeeded, 0 failed, 0 errored, 0 timeout/)
    assert.match(stdout, /status codes: 2000 2xx/)
  },
  grpcurl: async (_, { kind, address, ca }) => {
    const where = {
      tcp: ['-plaintext', address],
      unix: ['-plaintext', '-unix', address],
      tls: ['-cacert', ca, address],
    }[kind]
    const call = async (...args: string[]): Promise<string> =>
      (await run(join(root, '.venv/go/grpcurl'), args)).stdout
    assert.match(await call(...where, 'list'), /envoy\.service\.auth\.v3\.Authorization/)
    assert.match(await call(...where, 'grpc.health.v1.Health/Check'), /"SERVING"/)
    const checked = async (target: string): Promise<unknown> =>
      JSON.parse(await call('-d', jsonOf(target), ...where, path.slice(1)))
    assert.ok(Reflect.has((await checked('/orders')) as object, 'okResponse'))
    assert.ok(Reflect.has((await checked('/none')) as object, 'deniedResponse'))
  },
  ghz: async (_, { kind, folder, address, ca }) => {
    const where = {
      tcp: ['--insecure', address],
      unix: ['--insecure', `unix:${address}`],
      tls: ['--cacert', ca, address],
    }[kind]
    const protos = join(root, 'proto')
    const log = join(folder, 'ghz.log')
    // Messages in turn.
    const data = `[${jsonOf('/orders')},${jsonOf('/none')}]`
    const call = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(join(root, '.venv/go/ghz'), [
        ...['--import-paths', protos, '--proto'],
        join(protos, 'envoy/service/auth/v3/external_auth.proto'),
        ...['--call', path.slice(1), '-d', data, ...args, ...where],
      ])
      return stdout
    }
    const many = await call('-n', '200', '-c', '20', '--connections', '2', '--format', 'json')
    assert.deepEqual(JSON.parse(many).statusCodeDistribution, { OK: 200 })
    // The answers are in the log, which leaves out lines when there are many.
    await call('-n', '2', '-c', '1', '--debug', log)
    const answers: readonly string[] = readFileSync(log, 'utf8')
      .split('\n')
      .filter(line => line.includes('"Received response"'))
      .map(line => JSON.parse(line).response)
    assert.equal(answers.length, 2)
    assert.match(answers[0] ?? '', /ok_response:</)
    assert.match(answers[1] ?? '', /denied_response:</)
  },
  'grpcio of Python': async (_, { kind, folder, address, ca }) => {
    const files = [allowed, denied].map((message, i) => {
      const file = join(folder, `message-${i}`)
      writeFileSync(file, message)
      return file
    })
    const target = kind === 'unix' ? `unix:${address}` : address
    const python = join(root, '.venv/bin/python3')
    const script = join(root, 'test/doors/http2_client.py')
    const { stdout } = await run(python, [
      script,
      target,
      kind === 'tls' ? ca : '',
      ...files,
      '200',
    ])
    const [ok, no, health] = stdout.trim().split('\n')
    assert.ok(answerOf(Buffer.from(ok ?? '', 'hex')).ok_response)
    assert.ok(answerOf(Buffer.from(no ?? '', 'hex')).denied_response)
    // The field `status` of a HealthCheckResponse with the value SERVING.
    assert.equal(health, '0801')
  },
}

for (const kind of ['tcp', 'unix', 'tls'] as const) {
  test(`clients over ${kind}`, async t => {
    const place = await start(t, kind)
    for (const [name, ask] of Object.entries(clients)) await t.test(name, t => ask(t, place))
  })
}

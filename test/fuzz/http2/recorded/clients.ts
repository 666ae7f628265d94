/** Real clients at a TCP port. Each asks for an allowed and a denied path, some also for health and reflection. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { overGrpc, startEdges } from '../../../envoy/edges.ts'
import { checkOf } from '../../../support/check.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { root, temporaryFolder } from '../../../support/folder.ts'
import { checkClient } from '../../../support/grpc-client.ts'
import { loopback } from '../../../support/ports.ts'
import { ask } from '../../../support/raw-http.ts'
import { startUpstream } from '../../../support/upstream.ts'
import { allowedPath, body, bodyPath, deniedPath } from './port.ts'

export interface Client {
  /** Prints its version. */
  readonly version: readonly [program: string, ...args: string[]]
  readonly run: (t: Cleanup, port: number) => Promise<void>
}

const execute = promisify(execFile)
const program = (name: string): string => join(root, '.venv', name)
const path = '/envoy.service.auth.v3.Authorization/Check'
const method = path.slice(1)
const allowed = checkOf({ path: allowedPath })
const denied = checkOf({ path: deniedPath })
const paths = [allowedPath, deniedPath]

/** Files with these contents, in a folder of their own. */
function filesOf(t: Cleanup, contents: readonly Buffer[]): readonly string[] {
  const folder = temporaryFolder(t)
  return contents.map((content, i) => {
    const file = join(folder, String(i))
    writeFileSync(file, content)
    return file
  })
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** A CheckRequest in JSON. */
const jsonOf = (path: string): string =>
  JSON.stringify({
    attributes: { request: { http: { method: 'GET', scheme: 'http', host: 'app.example', path } } },
  })

const grpcHeaders = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']

export const clients: Readonly<Record<string, Client>> = {
  envoy: {
    version: [program('bin/envoy'), '--version'],
    run: async (t, port) => {
      const upstream = await startUpstream(t)
      const authz = overGrpc({
        with_request_body: { max_request_bytes: 1000, pack_as_bytes: true },
      })
      const envoy = await startEdges(t, {
        edges: { all: { authz } },
        grpc: port,
        http: port,
        upstream: upstream.port,
      })
      for (const target of paths) await ask(envoy.port('all'), { target })
      await ask(envoy.port('all'), { method: 'POST', target: bodyPath, body })
      await envoy.stop()
    },
  },
  'grpc-js': {
    version: ['grep', '"version"', join(root, 'node_modules/@grpc/grpc-js/package.json')],
    run: async (t, port) => {
      const { check, client } = checkClient(t, `${loopback}:${port}`)
      await Promise.all([check(allowed), check(denied)])
      await check(allowed, { timeout: 5000, metadata: { 'x-name': 'value' } })
      client.close()
    },
  },
  grpcio: {
    version: [program('bin/pip'), 'show', 'grpcio'],
    run: async (t, port) => {
      const script = join(root, 'test/doors/http2_client.py')
      const files = filesOf(t, [allowed, denied])
      await execute(program('bin/python3'), [script, `${loopback}:${port}`, '', ...files, '2'])
    },
  },
  grpcurl: {
    version: ['grep', 'grpcurl@', join(root, '.ci/http2.sh')],
    run: async (_, port) => {
      const place = `${loopback}:${port}`
      const call = (...args: readonly string[]): Promise<unknown> =>
        execute(program('go/grpcurl'), ['-plaintext', ...args])
      await call(place, 'list')
      await call(place, 'grpc.health.v1.Health/Check')
      for (const path of paths) await call('-d', jsonOf(path), place, method)
    },
  },
  ghz: {
    version: ['grep', 'ghz@', join(root, '.ci/http2.sh')],
    run: async (_, port) => {
      const proto = join(root, 'proto')
      const data = `[${paths.map(jsonOf).join(',')}]`
      await execute(program('go/ghz'), [
        ...['--insecure', '--import-paths', proto, '--proto'],
        join(proto, 'envoy/service/auth/v3/external_auth.proto'),
        ...['--call', method, '-d', data, '-n', '4', '-c', '2', '--connections', '1'],
        `${loopback}:${port}`,
      ])
    },
  },
  curl: {
    version: ['curl', '--version'],
    run: async (t, port) => {
      for (const file of filesOf(t, [framed(allowed), framed(denied)])) {
        await execute('curl', [
          ...['-sS', '-o', '/dev/null', '--http2-prior-knowledge', '--data-binary', `@${file}`],
          ...grpcHeaders,
          `http://${loopback}:${port}${path}`,
        ])
      }
    },
  },
  h2load: {
    version: ['h2load', '--version'],
    run: async (t, port) => {
      for (const file of filesOf(t, [framed(allowed), framed(denied)])) {
        await execute('h2load', [
          ...['-n', '3', '-c', '1', '-m', '2', '-d', file, ...grpcHeaders],
          `http://${loopback}:${port}${path}`,
        ])
      }
    },
  },
}

/** The first number with two dots that the program prints. */
export async function versionOf({ version: [program, ...args] }: Client): Promise<string> {
  const { stdout, stderr } = await execute(program, args)
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown version'
}

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Child, startChild, untilReady } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'
import { transport } from './transport.ts'

export interface Setup {
  /** A whole configuration file without ports, which are chosen here. */
  readonly config: Readonly<Record<string, unknown>>
  /** Written to a file that becomes the only repository; without rules the configuration names its own. */
  readonly rules?: readonly object[]
  /** Listen for gRPC on this unix socket instead of a port. */
  readonly grpcSocket?: string
  /** The ports of a server that ended, to start it again. */
  readonly ports?: Ports
  /** Further arguments of the command. */
  readonly args?: readonly string[]
  /** Environment variables in addition to those of the test. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts Oarlock as its users do: the built program, a configuration file, free ports. */
export interface Oarlock extends Child {
  readonly api: number
  readonly grpc: number
  readonly proxy: number
  /** The configuration file, and the rule file if rules were given. */
  readonly files: { readonly config: string; readonly rules: string }
  readonly metrics: number
}

const program = join(root, 'dist/main.js')

/** Resolves once the server reports that it is ready. */
export async function startOarlock(t: Cleanup, setup: Setup): Promise<Oarlock> {
  const oarlock = await launchOarlock(t, setup)
  await untilReady(oarlock, `http://${loopback}:${oarlock.api}/health/ready`)
  return oarlock
}

/** Does not wait: the server may never become ready, or end at once. */
export async function launchOarlock(t: Cleanup, setup: Setup): Promise<Oarlock> {
  if (!existsSync(program)) throw new Error('build first: dist/main.js is missing')
  const folder = temporaryFolder(t)
  const ports = setup.ports ?? {
    api: await freePort(),
    grpc: await freePort(),
    proxy: await freePort(),
    metrics: await freePort(),
  }
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(file, stringify(configuration(setup, folder, ports)))
  const child = startChild(t, {
    command: [process.execPath, program, 'serve', '-c', file, ...(setup.args ?? [])],
    logFile: join(folder, 'oarlock.log'),
    ...(setup.env && { env: setup.env }),
  })
  const files = { config: file, rules: join(folder, 'rules.yaml') }
  const { api, grpc, proxy, metrics } = ports
  return { ...child, api, grpc, proxy, metrics, files }
}

export interface Ports {
  readonly api: number
  readonly grpc: number
  readonly proxy: number
  readonly metrics: number
}

function configuration({ config, rules, grpcSocket }: Setup, folder: string, ports: Ports): object {
  const serve = section(config['serve'])
  const grpc = grpcSocket === undefined ? place(ports.grpc) : { socket: grpcSocket }
  return {
    ...config,
    serve: {
      ...serve,
      api: { ...section(serve['api']), ...place(ports.api) },
      grpc: { transport, ...section(serve['grpc']), ...grpc },
      proxy: { ...section(serve['proxy']), ...place(ports.proxy) },
      prometheus: { ...section(serve['prometheus']), ...place(ports.metrics) },
    },
    ...(rules === undefined ? {} : { access_rules: rulesIn(folder, config, rules) }),
  }
}

const place = (port: number) => ({ host: loopback, port })

function rulesIn(folder: string, config: Setup['config'], rules: readonly object[]): object {
  const file = join(folder, 'rules.yaml')
  writeFileSync(file, stringify(rules))
  return { ...section(config['access_rules']), repositories: [`file://${file}`] }
}

const section = (value: unknown): Readonly<Record<string, unknown>> =>
  (value ?? {}) as Readonly<Record<string, unknown>>

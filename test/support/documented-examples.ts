/** Starts a server on an example of the documentation and sends the requests of the example. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Child, startChild } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { startServices, summaryOf } from './documented-services.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort } from './ports.ts'
import { ask } from './raw-http.ts'
import { until } from './until.ts'

export interface Example {
  readonly name: string
  readonly config?: object
  /** Instead of `config`: a text, and its file name. */
  readonly text?: string
  readonly file?: string
  readonly second?: object
  readonly rules?: readonly object[]
  /** One, not in a list. */
  readonly rule?: object
  readonly rulesFile?: string
  readonly linewise?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Default: serve --config CONFIG. */
  readonly command?: readonly string[]
  readonly requests?: readonly Asked[]
  /** false: neither Oathkeeper nor Oarlock starts. */
  readonly starts?: boolean
  /** The output of `oarlock validate`; without it there is no problem. */
  readonly problem?: string
}

export interface Asked {
  readonly ask: string
  readonly with?: Readonly<Record<string, string>>
  /** The expected result of Oathkeeper. */
  readonly gives?: number
  readonly tells?: string
  /** The expected result of Oarlock if it differs, and why. */
  readonly ours?: readonly [status: number, tells: string, because: string]
}

export interface Started {
  readonly child: Child
  readonly files: { readonly config: string; readonly second: string }
  readonly env: Readonly<Record<string, string>>
  readonly ports: { readonly api: number; readonly proxy: number }
}

const data = join(root, 'test/conformance/data')
const tokens = JSON.parse(readFileSync(join(data, 'tokens.json'), 'utf8')) as Record<string, string>

export const readExamples = (): readonly Example[] =>
  parse(readFileSync(join(root, 'test/doors/documented-examples.yaml'), 'utf8'), {
    merge: true,
    maxAliasCount: -1,
  }) as Example[]

const named = (services: string, folder: string) => (text: string) =>
  text.replaceAll('SERVICES', services).replaceAll('FOLDER', folder)

const fileOf = ({ file = 'config.json' }: Example): string => file

function writeFiles(example: Example, folder: string, fill: (text: string) => string): void {
  const write = (name: string, value: unknown): void => {
    writeFileSync(join(folder, name), fill(JSON.stringify(value)))
  }
  if (example.text === undefined) write(fileOf(example), example.config)
  else writeFileSync(join(folder, fileOf(example)), fill(example.text))
  if (example.second !== undefined) write('second.json', example.second)
  const rules = example.rules ?? example.rule
  if (example.linewise !== true) write(example.rulesFile ?? 'rules.json', rules)
  else {
    const lines = (example.rules ?? []).map(rule => JSON.stringify(rule))
    writeFileSync(join(folder, 'rules.jsonl'), fill(`${lines.join('\n')}\n`))
  }
  copyFileSync(join(data, 'jwks-private-rsa.json'), join(folder, 'jwks.json'))
  copyFileSync(join(data, 'jwks-rsa.json'), join(folder, 'public.json'))
}

interface WithTokens {
  readonly authenticators?: { readonly jwt?: object }
}

/** A loaded machine may need longer for the key sets than the examples allow, and would answer 401. */
const usesTokens = ({ config }: Example): boolean =>
  (config as WithTokens | undefined)?.authenticators?.jwt !== undefined

/** Does not wait until the server is ready. */
export async function startExample(
  t: Cleanup,
  program: readonly [string, ...string[]],
  example: Example,
): Promise<Started> {
  const services = await startServices(t)
  const folder = temporaryFolder(t)
  const fill = named(services, folder)
  writeFiles(example, folder, fill)
  const files = {
    config: join(folder, fileOf(example)),
    second: join(folder, 'second.json'),
  }
  const ports = { api: await freePort(), proxy: await freePort() }
  const others = { grpc: await freePort(), metrics: await freePort() }
  const env = {
    SERVE_API_PORT: String(ports.api),
    SERVE_PROXY_PORT: String(ports.proxy),
    SERVE_GRPC_PORT: String(others.grpc),
    SERVE_PROMETHEUS_PORT: String(others.metrics),
    ...(usesTokens(example) && { AUTHENTICATORS_JWT_CONFIG_JWKS_MAX_WAIT: '20s' }),
    ...Object.fromEntries(
      Object.entries(example.env ?? {}).map(([name, value]) => [name, fill(value)]),
    ),
  }
  const command = (example.command ?? ['serve', '--config', 'CONFIG']).map(word =>
    word.replace('CONFIG', files.config).replace('SECOND', files.second),
  )
  const child = startChild(t, {
    command: [...program, ...command],
    logFile: join(folder, 'log'),
    env,
  })
  return { child, files, env, ports }
}

/** Whether the server started: both ports listen, or the process has ended. */
export async function hasStarted({ child, ports }: Started): Promise<boolean> {
  const answers = async (port: number): Promise<boolean> =>
    ask(port, { target: '/health/alive' }).then(
      () => true,
      () => false,
    )
  const isUp = async (): Promise<boolean> =>
    (await answers(ports.api)) && (await answers(ports.proxy))
  await until(async () => !child.running() || (await isUp()), 'the server listens, or ends')
  return child.running()
}

/** The status, and a text: of the upstream if it was reached, otherwise of the answer. */
export async function askAs({ ports }: Started, asked: Asked): Promise<readonly [number, string]> {
  const [door = '', method = '', address = ''] = asked.ask.split(' ')
  const { host, pathname, search } = new URL(address)
  const headers = Object.entries(asked.with ?? {}).map(
    ([name, value]) => [name, value.replace('TOKEN', tokens['rs256'] ?? '')] as const,
  )
  const answer = await ask(door === 'api' ? ports.api : ports.proxy, {
    method,
    target: `${pathname}${search}`,
    host,
    headers,
  })
  return [answer.status, answer.all('x-seen')[0] ?? summaryOf(answer.all)]
}

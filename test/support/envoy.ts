import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Child, startChild, untilReady } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'

const program = join(root, '.venv/bin/envoy')

export interface Envoy extends Child {
  /** The port of its admin interface. */
  readonly admin: number
}

/** The real Envoy with this bootstrap; an admin address is added. Resolves once its listeners are open. */
export async function startEnvoy(t: Cleanup, bootstrap: object): Promise<Envoy> {
  if (!existsSync(program)) throw new Error('install first: .ci/envoy.sh')
  const folder = temporaryFolder(t)
  const admin = await freePort()
  const file = join(folder, 'envoy.yaml') // Envoy chooses the format by the file extension
  const address = { socket_address: { address: loopback, port_value: admin } }
  writeFileSync(
    file,
    stringify({ ...bootstrap, admin: { address } }, { aliasDuplicateObjects: false }),
  )
  const envoy = startChild(t, {
    command: [program, '-c', file, ...flags],
    logFile: join(folder, 'envoy.log'),
  })
  await untilReady(envoy, `http://${loopback}:${admin}/ready`)
  return { ...envoy, admin }
}

const flags = [
  '--use-dynamic-base-id', // several Envoys may run on one machine
  ...['--concurrency', '1'],
  ...['--log-level', 'warn'],
  ...['--file-flush-interval-msec', '20'], // so that access logs are read at once
  ...['--drain-time-s', '0', '--parent-shutdown-time-s', '1'],
]

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connects } from '../../conformance/ready.ts'
import { type Child, startChild } from '../../support/child.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { root, temporaryFolder } from '../../support/folder.ts'
import { freePort } from '../../support/ports.ts'
import { type Answer, ask } from '../../support/raw-http.ts'
import { until } from '../../support/until.ts'
import type { Neighbours, RunningProxy } from '../caller.ts'

export interface Example {
  /** The folder below deploy/. */
  readonly folder: string
  /** Files that the program reads; the test changes their ports and what `edit` changes. */
  readonly files: readonly string[]
  readonly edit?: (text: string, folder: string) => string
  /** Whether it accepts requests; by default, a request over plain HTTP is tried. */
  readonly ready?: (port: number) => Promise<boolean>
  /** The command, run in the folder of the changed files. */
  readonly command: (folder: string) => Parameters<typeof startChild>[1]['command']
}

/** Starts a proxy on the files of deploy/ with other ports. Resolves once it listens. */
export async function startExample(
  t: Cleanup,
  example: Example,
  neighbours: Neighbours,
): Promise<RunningProxy> {
  const folder = temporaryFolder(t)
  chmodSync(folder, 0o711) // nginx's workers run as another user
  const port = await freePort()
  for (const file of example.files) {
    const text = readFileSync(join(root, 'deploy', example.folder, file), 'utf8')
    place(join(folder, file), (example.edit ?? same)(moved(text, { ...neighbours, port }), folder))
  }
  const child = startChild(t, {
    command: example.command(folder),
    logFile: join(folder, 'proxy.log'),
    env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  })
  await untilListening(child, port, example.ready)
  return { ...child, port }
}

const same = (text: string): string => text

interface Ports extends Neighbours {
  readonly port: number
}

/** Maps the documented ports to those of the test. */
const moved = (text: string, { port, oarlock, upstream }: Ports): string =>
  text
    .replaceAll(/\b8080\b/g, String(port))
    .replaceAll(/\b4456\b/g, String(oarlock))
    .replaceAll(/\b4400\b/g, String(upstream))

function place(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** Resolves once the proxy accepts requests; throws if it ends before. */
export async function untilListening(
  child: Child,
  port: number,
  ready: Example['ready'] = hasRoutes,
): Promise<void> {
  await until(async () => {
    if (!child.running()) throw new Error(`it ended\n${child.log()}`)
    return (await connects(port)) && ready(port)
  }, `the proxy listens\n${child.log()}`)
}

const hasRoutes = async (port: number): Promise<boolean> =>
  isOfRoute(await ask(port, { target: '/elsewhere' }))

/** Traefik listens before it has loaded its routes. */
export const isOfRoute = ({ text }: Answer): boolean => text !== '404 page not found\n'

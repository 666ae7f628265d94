/** An example of envoy-examples, started without changes but for its ports and what the test replaces. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cleanup } from '../support/cleanup.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { root } from '../support/folder.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { freePort } from '../support/ports.ts'

export interface Example {
  /** Where clients connect. */
  readonly port: number
  readonly envoy: Envoy
  readonly oarlock: Oarlock
  /** Starts another Envoy with a changed configuration in front of the same Oarlock; returns its port. */
  readonly another: (change: (bootstrap: string) => string) => Promise<number>
}

export interface Surroundings {
  /** Settings of the upstream. */
  readonly port: number
  /** Ports, paths and values of the three files, and their replacements in the test. */
  readonly moved?: Readonly<Record<string, string | number>>
}

export async function startExample(
  t: Cleanup,
  name: string,
  { port: upstream, moved = {} }: Surroundings,
): Promise<Example> {
  const read = (file: string) =>
    replaced(readFileSync(join(root, 'envoy-examples', name, file), 'utf8'), moved)
  const oarlock = await startOarlock(t, {
    config: parse(read('oarlock.yaml')),
    ...(Object.keys(moved).length === 0 ? {} : { rules: parse(read('rules.yaml')) }),
  })
  const launch = async (bootstrap: string) => {
    const port = await freePort()
    const ports = { 10000: port, 10001: upstream, 4456: oarlock.api, 4457: oarlock.grpc }
    return { port, envoy: await startEnvoy(t, parse(replaced(bootstrap, ports))) }
  }
  const bootstrap = read('envoy.yaml')
  return {
    ...(await launch(bootstrap)),
    oarlock,
    another: async change => (await launch(change(bootstrap))).port,
  }
}

/** Each must occur in one of the files as a word of its own. */
const replaced = (text: string, moved: Readonly<Record<string, string | number>>): string =>
  Object.entries(moved).reduce(
    (changed, [from, to]) => changed.replaceAll(new RegExp(`(?<![\\w/])${from}\\b`, 'g'), `${to}`),
    text,
  )

/** The token of the quickstart: alice, who may read orders. */
export const token = readFileSync(join(root, 'deploy/quickstart/token.txt'), 'utf8').trim()
export const bearer = ['Authorization', `Bearer ${token}`] as const

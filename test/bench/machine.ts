import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Peer } from './peers.ts'
import { run } from './process.ts'
import type { Machine } from './result.ts'

export const describeMachine = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown processor',
  processors: cpus().length,
  memory: totalmem(),
  kernel: `Linux ${release().split('-')[0]}`,
})

const envoy = '.venv/bin/envoy'

/** Every version that the numbers depend on. */
export async function describeVersions(peers: readonly Peer[]): Promise<Record<string, string>> {
  return {
    node: process.version,
    wrk: await firstLine('wrk', ['-v']),
    h2load: await firstLine('h2load', ['--version']),
    ...(existsSync(envoy) && { envoy: await envoyVersion() }),
    ...Object.fromEntries(
      await Promise.all(peers.map(async peer => [peer.name, await describePeer(peer)] as const)),
    ),
  }
}

async function envoyVersion(): Promise<string> {
  const output = await run(envoy, ['--version'])
  return /\/([\d.]+)\//.exec(output)?.[1] ?? output.trim()
}

async function describePeer({ name, path }: Peer): Promise<string> {
  const version = await firstLine(path, name === 'heimdall' ? ['--version'] : ['version'])
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12)
  return `${version} (sha256 ${digest})`
}

/** Some programs print their version and still exit with an error. */
const firstLine = (program: string, args: readonly string[]): Promise<string> =>
  run(program, args)
    .catch(error => String(error.message).split('\n').slice(1).join('\n'))
    .then(output => versionIn(output.split('\n')[0] ?? ''))

/** Without the name and the copyright that stand beside it. */
const versionIn = (line: string): string =>
  line
    .replace(/^(wrk|h2load|heimdall version|Version:) /, '')
    .replace(/ Copyright.*/, '')
    .replace(/\s+/g, ' ')

/** The commit that is measured, with `+` if its files were changed since. */
export async function describeCommit(): Promise<string> {
  const commit = await run('git', ['rev-parse', '--short=10', 'HEAD'])
  const changed = await run('git', ['status', '--porcelain', '--', 'src', 'test/bench'])
  return `${commit.trim()}${changed.trim() === '' ? '' : '+'}`
}

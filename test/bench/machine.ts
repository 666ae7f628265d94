import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Peer } from './peers.ts'
import { run } from './process.ts'

/** The machine and all versions that the numbers depend on. */
export async function describeMachine(peers: readonly Peer[]): Promise<string[]> {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${processor}, ${memory}, Linux ${release()}`,
    `Node ${process.version}`,
    await firstLine('wrk', ['-v']),
    await firstLine('h2load', ['--version']),
    ...(await Promise.all(peers.map(describePeer))),
  ]
}

async function describePeer({ name, path }: Peer): Promise<string> {
  const version = await firstLine(path, name === 'heimdall' ? ['--version'] : ['version'])
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12)
  return `${name}: ${version} (sha256 ${digest})`
}

/** Some programs print their version and still exit with an error. */
const firstLine = (program: string, args: readonly string[]): Promise<string> =>
  run(program, args)
    .catch(error => String(error.message).split('\n').slice(1).join('\n'))
    .then(output => (output.split('\n')[0] ?? '').replace(/ Copyright.*/, '').replace(/\s+/g, ' '))

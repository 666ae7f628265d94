/**
 * Measures Oarlock, and peers beside it, and writes the numbers to a file. `make docs` makes pages and charts of it.
 *
 *   node --import tsx test/bench/bench.ts [--group decisions|conditions|reload|memory|parts|connections|workers|envoy|commands]
 *     [--peer oathkeeper=/path] [--peer heimdall=/path] [--only REGEX] [--seconds 4] [--repeats 2]
 *     [--out docs/benchmarks/result.json] [--own "node dist/main.js"]
 *
 * `PEER="oathkeeper=/path heimdall=/path"` in the environment does the same as `--peer`. Without `--group` all groups
 * are measured, one after the other; each is written when it is complete. Part of a group (`--only`) is not written
 * unless a file is named. Systems take turns in every load, one at a time.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { splitCommand } from '../conformance/server-process.ts'
import type { Bench, Group } from './group.ts'
import { commands } from './groups/commands.ts'
import { conditions } from './groups/conditions.ts'
import { connections } from './groups/connections.ts'
import { decisions } from './groups/decisions.ts'
import { envoy } from './groups/envoy.ts'
import { memory } from './groups/memory.ts'
import { parts } from './groups/parts.ts'
import { reload } from './groups/reload.ts'
import { workers } from './groups/workers.ts'
import { createIssuer } from './issuer.ts'
import { describeCommit, describeMachine, describeVersions } from './machine.ts'
import { parsePeers } from './peers.ts'
import { type GroupName, groupNames, writeGroup } from './result.ts'

const { values } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: [...groupNames] },
    peer: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '4' },
    repeats: { type: 'string', default: '2' },
    out: { type: 'string' },
    own: { type: 'string', default: 'node dist/main.js' },
  },
})

const groups: Readonly<Record<GroupName, Group>> = {
  decisions,
  conditions,
  reload,
  memory,
  parts,
  connections,
  workers,
  envoy,
  commands,
}

const note = (text: string) => process.stderr.write(`${text}\n`)
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const fail = (text: string): never => {
  note(text)
  process.exit(2)
}

const isGroup = (name: string): name is GroupName => name in groups
const chosen = values.group.map(name => (isGroup(name) ? name : fail(`no group: ${name}`)))
const out = values.out ?? (values.only === '' ? 'docs/benchmarks/result.json' : undefined)
const peers = parsePeers([...values.peer, process.env['PEER'] ?? ''])
const own = splitCommand(values.own)
const program = own.find(word => word.endsWith('.js'))
if (program !== undefined && !existsSync(program)) fail(`${program} is missing: build first`)

const bench: Bench = {
  issuer: await createIssuer(),
  own,
  peers,
  seconds: Number(values.seconds),
  repeats: Number(values.repeats),
  only: new RegExp(values.only),
  note,
}

/** For the pages: which command measures a group again. */
const commandOf = (name: GroupName): string => {
  const given = peers.map(peer => `${peer.name}=/path`).join(' ')
  const settings = `GROUP=${name} SECONDS=${values.seconds} REPEATS=${values.repeats}`
  return `make bench ${settings}${given === '' ? '' : ` PEER="${given}"`}`
}

const about = {
  measured: new Date().toISOString().slice(0, 10),
  commit: await describeCommit(),
  machine: describeMachine(),
  versions: await describeVersions(peers),
}

/** A group that fails costs the others nothing. */
async function measureGroup(name: GroupName): Promise<boolean> {
  try {
    const rows = await groups[name](bench)
    if (out !== undefined) writeGroup(out, name, { ...about, command: commandOf(name), rows })
    return rows.length > 0
  } catch (error) {
    note(`${name}: ${error instanceof Error ? error.stack : error}`)
    return false
  }
}

let failed = 0
for (const name of chosen) if (!(await measureGroup(name))) failed += 1
bench.issuer.close()
process.exit(failed === 0 ? 0 : 1)

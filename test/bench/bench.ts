/**
 * Measures what a decision costs: starts each system afresh, loads it with wrk or h2load, and prints a table.
 *
 *   node --import tsx test/bench/bench.ts [--peer oathkeeper=/path] [--peer heimdall=/path]
 *     [--only REGEX] [--seconds 4] [--repeats 2] [--json FILE] [--peers-only] [--own "node dist/main.js"]
 *
 * `PEER="oathkeeper=/path heimdall=/path"` in the environment does the same as `--peer`.
 * Systems take turns in every cell, one at a time; what counts is the server's CPU time per request.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { splitCommand } from '../conformance/server-process.ts'
import { cells } from './cells.ts'
import { createIssuer, type Issuer } from './issuer.ts'
import { describeMachine } from './machine.ts'
import { measure, type Tokens } from './measure.ts'
import { parsePeers } from './peers.ts'
import { type Row, renderTable, renderTargets, toRow } from './report.ts'
import { bareCall, oarlock } from './systems.ts'
import type { Cell, Measured, System } from './types.ts'

const { values } = parseArgs({
  options: {
    peer: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '4' },
    repeats: { type: 'string', default: '2' },
    json: { type: 'string' },
    own: { type: 'string', default: 'node dist/main.js' },
    'peers-only': { type: 'boolean', default: false },
  },
})

const note = (text: string) => process.stderr.write(`${text}\n`)
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

/** Number of tokens for cells with a new token each time, for warm-up and measurement. */
const newTokens = { warm: 2000, measured: 14_000 }

const peers = parsePeers([...values.peer, process.env['PEER'] ?? ''])
const argv = splitCommand(values.own)
const systems: readonly System[] = values['peers-only']
  ? peers
  : [oarlock(argv), bareCall(process.execPath), ...peers]
const chosen = cells.filter(({ name }) => new RegExp(values.only).test(name))

async function signTokens(issuer: Issuer, { token, algorithm }: Cell): Promise<Tokens> {
  if (token === 'none') return { warm: [], measured: [] }
  if (token === 'same') {
    const one = await issuer.tokens(algorithm, 1)
    return { warm: one, measured: one }
  }
  const all = await issuer.tokens(algorithm, newTokens.warm + newTokens.measured)
  return { warm: all.slice(0, newTokens.warm), measured: all.slice(newTokens.warm) }
}

/** Others take minutes to read more rules. */
const mostRulesOfOthers = 10_000

const canMeasure = ({ name, doors, works, only }: System, { door, work, rules }: Cell): boolean =>
  doors.includes(door) &&
  (name === 'oarlock' || rules <= mostRulesOfOthers) &&
  (work === undefined ? only === undefined : works.includes(work)) &&
  (only === undefined || (work !== undefined && only.includes(work)))

/** Every repeat goes through the systems in the opposite order, so that none is always first. */
async function measureCell(issuer: Issuer, cell: Cell): Promise<Row[]> {
  const able = systems.filter(system => canMeasure(system, cell))
  const runs = new Map<System, Measured[]>(able.map(system => [system, []]))
  const tokens = await signTokens(issuer, cell)
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    for (const system of repeat % 2 === 0 ? able : [...able].reverse()) {
      const seen = await measure({ system, cell, tokens, seconds: Number(values.seconds) }, issuer)
      note(`${cell.name}: ${system.name} ${seen.cpu.toFixed(1)} µs, ${seen.perSecond.toFixed(0)}/s`)
      runs.get(system)?.push(seen)
    }
  }
  return able.map(system => toRow(cell, system.name, runs.get(system) ?? []))
}

function checkOwn(): void {
  const program = argv.find(word => word.endsWith('.js'))
  if (values['peers-only'] || program === undefined || existsSync(program)) return
  note(`${program} is missing: build first, or measure the peers alone with --peers-only`)
  process.exit(2)
}

checkOwn()
const issuer = await createIssuer()
const rows: Row[] = []
for (const cell of chosen) rows.push(...(await measureCell(issuer, cell)))
issuer.close()

const machine = await describeMachine(peers)
console.log(`${machine.map(line => `- ${line}`).join('\n')}\n\n${renderTable(rows)}`)
if (!values['peers-only']) console.log(`\n${renderTargets(rows)}`)
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
process.exit(rows.length === 0 ? 1 : 0)

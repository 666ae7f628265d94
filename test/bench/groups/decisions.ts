/** What a decision costs: each system in each cell, loaded as much as it can take. */
import { cells } from '../cells.ts'
import { type Bench, type Group, takeTurns } from '../group.ts'
import { measure, type Tokens } from '../measure.ts'
import type { Row } from '../result.ts'
import { bareCall, oarlock } from '../systems.ts'
import type { Cell, System } from '../types.ts'

export const decisions: Group = async bench => {
  const rows: Row[] = []
  for (const cell of cells.filter(({ name }) => bench.only.test(name)))
    rows.push(...(await measureCell(bench, cell)))
  return rows
}

async function measureCell(bench: Bench, cell: Cell): Promise<Row[]> {
  const systems = systemsOf(bench).filter(system => canMeasure(system, cell))
  const tokens = await signTokens(bench, cell)
  const load = { load: cell.name, at: { rules: cell.rules } }
  return takeTurns(bench, { load, systems }, system =>
    measure({ system, cell, tokens, seconds: bench.seconds }, bench.issuer),
  )
}

const systemsOf = ({ own, peers }: Bench): readonly System[] => [
  oarlock(own),
  bareCall(process.execPath),
  ...peers,
]

/** Others take minutes to read more rules. */
export const mostRulesOfOthers = 10_000

const canMeasure = ({ name, doors, works, only }: System, { door, work, rules }: Cell): boolean =>
  doors.includes(door) &&
  (name === 'oarlock' || rules <= mostRulesOfOthers) &&
  (work === undefined ? only === undefined : works.includes(work)) &&
  (only === undefined || (work !== undefined && only.includes(work)))

/** Number of tokens for cells with a new token each time, for warm-up and measurement. */
const newTokens = { warm: 2000, measured: 14_000 }

export async function signTokens(
  { issuer }: Bench,
  { token, algorithm }: Pick<Cell, 'token' | 'algorithm'>,
): Promise<Tokens> {
  if (token === 'none') return { warm: [], measured: [] }
  if (token === 'same') {
    const one = await issuer.tokens(algorithm, 1)
    return { warm: one, measured: one }
  }
  const all = await issuer.tokens(algorithm, newTokens.warm + newTokens.measured)
  return { warm: all.slice(0, newTokens.warm), measured: all.slice(newTokens.warm) }
}

/**
 * The file that the benchmark writes: docs/benchmarks/result.json. Tables and charts of the pages are made from it.
 * A new version is a shape that older readers do not understand.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export const version = 1

export interface Result {
  readonly version: typeof version
  /** Each group is measured, and replaced, as a whole. */
  readonly groups: { readonly [Name in GroupName]?: GroupResult }
}

export const groupNames = [
  'decisions',
  'conditions',
  'reload',
  'memory',
  'parts',
  'connections',
  'workers',
  'envoy',
  'commands',
] as const
export type GroupName = (typeof groupNames)[number]

export interface GroupResult {
  /** The day, as in 2026-11-25. */
  readonly measured: string
  /** The command that measures it again. */
  readonly command: string
  /** The commit, with `+` if files were changed since. */
  readonly commit: string
  readonly machine: Machine
  /** By program, the measured ones and those that load them. */
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

export interface Machine {
  readonly processor: string
  readonly processors: number
  /** Bytes. */
  readonly memory: number
  readonly kernel: string
}

/** What one system did with one load. Both together name the row. */
export interface Row {
  readonly load: string
  readonly system: string
  /** What the load depends on: the number of rules, of connections. */
  readonly at: Readonly<Record<string, number>>
  readonly figures: Figures
}

export type Figures = { readonly [Name in FigureName]?: Figure }

/** A number of each repeat, in their order. */
export interface Figure {
  readonly unit: Unit
  readonly repeats: readonly number[]
  readonly median: number
  readonly min: number
  readonly max: number
}

export type Unit = 'µs' | 'ms' | '1/s' | 'bytes' | 'calls'

/** Everything that a row may report. */
export const unitOf = {
  /** CPU time of all processes of the system per request, user and system. */
  cpu: 'µs',
  /** The same of Envoy, which calls the system. */
  envoyCpu: 'µs',
  perSecond: '1/s',
  p50: 'ms',
  p99: 'ms',
  p999: 'ms',
  /** The longest answer, from the moment at which the request was due. */
  worst: 'ms',
  /** The same in the time before the change. */
  worstBefore: 'ms',
  /** From the change of the file to the first answer of the new rules. */
  inForce: 'ms',
  /** From the start of the process to its first right answer. */
  startTime: 'ms',
  /** A whole command. */
  runTime: 'ms',
  /** The largest resident size of its process. */
  peakMemory: 'bytes',
  residentAtStart: 'bytes',
  residentAfter: 'bytes',
  perConnection: 'bytes',
  /** Resident bytes that a part adds. */
  resident: 'bytes',
  /** Heap and buffers that it adds, after a full collection. */
  collected: 'bytes',
  /** Calls of the service behind a handler. */
  calls: 'calls',
} as const satisfies Readonly<Record<string, Unit>>
export type FigureName = keyof typeof unitOf

/** The numbers of one repeat. */
export type Numbers = { readonly [Name in FigureName]?: number }

export type Load = Pick<Row, 'load' | 'at'>

/** The row of a system; it has the figures of the first repeat. */
export function toRow({ load, at }: Load, system: string, repeats: readonly Numbers[]): Row {
  const names = Object.keys(repeats[0] ?? {}).filter(isFigure)
  const figures = names.map(name => [name, toFigure(name, repeats)] as const)
  return { load, system, at, figures: Object.fromEntries(figures) }
}

const isFigure = (name: string): name is FigureName => name in unitOf

function toFigure(name: FigureName, repeats: readonly Numbers[]): Figure {
  const numbers = repeats.flatMap(repeat => repeat[name] ?? []).map(shortened)
  return {
    unit: unitOf[name],
    repeats: numbers,
    median: shortened(median(numbers)),
    min: Math.min(...numbers),
    max: Math.max(...numbers),
  }
}

/** No measurement here has more than five digits that mean something. */
const shortened = (number: number): number => Number(number.toPrecision(5))

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

export const medianOf = (row: Row | undefined, name: FigureName): number | undefined =>
  row?.figures[name]?.median

/** An empty result when there is no such file. Throws on a file of another version. */
export function readResult(file: string | URL): Result {
  if (!existsSync(file)) return { version, groups: {} }
  const result = JSON.parse(readFileSync(file, 'utf8')) as Result
  if (result.version !== version) {
    throw new Error(`${file} has version ${result.version}, this program reads ${version}`)
  }
  return result
}

/** Replaces a group of the file. */
export function writeGroup(file: string, name: GroupName, group: GroupResult): void {
  const { groups } = readResult(file)
  const all = { ...groups, [name]: group }
  const ordered = groupNames.flatMap(known => (all[known] ? [[known, all[known]]] : []))
  writeFileSync(file, `${textOf({ version, groups: Object.fromEntries(ordered) })}\n`)
}

/** JSON with the numbers of a figure in one line. */
const textOf = (result: Result): string =>
  JSON.stringify(result, null, 1).replaceAll(/\{\n\s+"unit"[^}]*\}/g, text =>
    text.replaceAll(/\n\s*/g, ' '),
  )

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type GroupResult,
  median,
  type Numbers,
  type Result,
  type Row,
  readResult,
  toRow,
  version,
  writeGroup,
} from '../result.ts'
import { reach } from '../targets.ts'
import { blocks } from './blocks.ts'
import { charts } from './charts.ts'
import { fill } from './markdown.ts'
import { count, digits, spread } from './numbers.ts'
import { linear, logarithmic } from './svg.ts'

const load = { load: 'HTTP, anonymous, 10 rules', at: { rules: 10 } }
const rowOf = (system: string, ...repeats: readonly Numbers[]): Row => toRow(load, system, repeats)

const groupOf = (rows: readonly Row[]): GroupResult => ({
  measured: '2026-11-25',
  command: 'make bench GROUP=decisions',
  commit: 'abc',
  machine: { processor: 'EPYC', processors: 2, memory: 24 * 2 ** 30, kernel: 'Linux 6' },
  versions: { node: 'v20' },
  rows,
})
const resultOf = (...rows: readonly Row[]): Result => ({
  version,
  groups: { decisions: groupOf(rows) },
})

test('several repeats become their median, with the smallest and the largest', () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5])
  const row = rowOf('x', { cpu: 10 }, { cpu: 30 }, { cpu: 11 })
  assert.deepEqual(row.figures.cpu, {
    unit: 'µs',
    repeats: [10, 30, 11],
    median: 11,
    min: 10,
    max: 30,
  })
})

test('a group of the file is replaced, the others stay', t => {
  const folder = mkdtempSync(join(tmpdir(), 'result-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'result.json')
  writeGroup(file, 'envoy', groupOf([rowOf('a', { p50: 1 })]))
  writeGroup(file, 'decisions', groupOf([rowOf('b', { cpu: 1 })]))
  writeGroup(file, 'envoy', groupOf([rowOf('c', { p50: 2 })]))
  const { groups } = readResult(file)
  assert.deepEqual(Object.keys(groups), ['decisions', 'envoy'])
  assert.deepEqual(groups.envoy?.rows, [rowOf('c', { p50: 2 })])
})

test("the ratio is Oarlock's number divided by the other's", () => {
  const tables = blocks(
    resultOf(rowOf('oarlock', { cpu: 15 }), rowOf('heimdall', { cpu: 40 }, { cpu: 44 })),
  )
  assert.match(tables['decisions'] ?? '', /heimdall \| 42\.0 \(40\.0 to 44\.0\) .* 0\.36 \|$/m)
})

test('a target that is missed, or not measured, says so', () => {
  const targets = (cpu: number): string =>
    blocks(resultOf(rowOf('oarlock', { cpu }), rowOf('heimdall', { cpu: 40 })))['targets'] ?? ''
  assert.match(
    targets(15),
    /HTTP, anonymous, 10 rules \| CPU ÷ heimdall \| 0\.4 \| 0\.38 \| yes \|/,
  )
  assert.match(targets(30), /CPU ÷ heimdall \| 0\.4 \| 0\.75 \| \*\*no\*\* \|/)
  assert.match(targets(30), /CPU ÷ oathkeeper \| 0\.1 \| not measured \|/)
})

test('a target may be a figure by itself', () => {
  const rows = [rowOf('oarlock', { cpu: 1, startTime: 300, residentAtStart: 80e6 })]
  const reached = ['ms', 'MB'].map(against => reach(rows, { cell: load.load, against, most: 1 }))
  assert.deepEqual(reached, [300, 80])
})

test('groups that were not measured leave their tables and charts out', () => {
  const empty: Result = { version, groups: {} }
  assert.equal(blocks(empty)['envoy'], 'Not measured.')
  assert.equal(charts(empty).size, 0)
})

test('a chart has its title, axis, unit and a bar for each system', () => {
  const chart = charts(resultOf(rowOf('oarlock', { cpu: 15 }), rowOf('heimdall', { cpu: 40 })))
  const cpu = chart.get('cpu.svg') ?? ''
  assert.match(cpu, /µs of CPU per request/)
  assert.match(cpu, /prefers-color-scheme: dark/)
  assert.equal(cpu.match(/height="16" class="bar/g)?.length, 2)
})

test('text between the marks of a block is replaced', () => {
  const page = 'a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n'
  assert.equal(fill(page, { x: 'new' }), page.replace('old', 'new'))
  assert.throws(() => fill(page, {}), /no generated block x/)
})

test('numbers have separators, and a spread where repeats differ', () => {
  assert.deepEqual([999, 1000, 1_234_567.4].map(count), ['999', '1,000', '1,234,567'])
  const figure = { unit: 'ms', repeats: [1, 2], median: 1.5, min: 1, max: 2 } as const
  assert.equal(spread(figure, digits(1)), '1.5 (1.0 to 2.0)')
  assert.equal(spread({ ...figure, min: 1.5, max: 1.5 }, digits(1)), '1.5')
})

test('scales have round ticks that hold all values', () => {
  assert.deepEqual(linear(184, [0, 100]).ticks, [0, 50, 100, 150, 200])
  assert.deepEqual(logarithmic([20, 15_000], [0, 100]).ticks, [10, 100, 1000, 10_000, 100_000])
  assert.equal(logarithmic([10, 1000], [0, 100]).at(100), 50)
})

/** Automata of random patterns, compared with the patterns themselves and with the doors. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalHost } from '../../../../src/doors/request/host.ts'
import { createPathReader } from '../../../../src/doors/request/path-reader.ts'
import { createBudget } from '../../../../src/insight/patterns/budget.ts'
import { canonicalUrl, readableUrl } from '../../../../src/insight/patterns/canonical.ts'
import { buildMachine, type Machine } from '../../../../src/insight/patterns/machine.ts'
import { shapeOf } from '../../../../src/insight/patterns/shape.ts'
import { createShapeIndex } from '../../../../src/insight/patterns/shape-index.ts'
import { shortestWord } from '../../../../src/insight/patterns/shortest-word.ts'
import { bytesOf, textOf } from '../../../../src/lib/bytes.ts'
import { compilePattern, parsePattern } from '../../../../src/rules/matching/pattern.ts'
import { isProblem } from '../../../../src/rules/matching/problem.ts'
import { type MatchText, usualPaths } from '../../../support/compared-rules.ts'
import { globMatches, plainMatches } from '../../../support/random-rules.ts'

/** Whether the automaton accepts the text. */
function accepts(machine: Machine, text: string): boolean {
  let state: number | undefined = machine.initial
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const moves: readonly number[] = state === undefined ? [] : machine.moves(state)
    const at = moves.findIndex(
      (low, i) => i % 3 === 0 && low <= code && code <= (moves[i + 1] ?? 0),
    )
    state = at < 0 ? undefined : moves[at + 2]
  }
  return state !== undefined && machine.isFinal(state)
}

const machineOf = (source: string, strategy: 'regexp' | 'glob'): Machine => {
  const node = parsePattern(source, strategy)
  assert.ok(!isProblem(node))
  const { machine, widened } = buildMachine(node)
  assert.ok(machine && widened === undefined, source)
  return machine
}

const texts = fc.array(
  fc
    .array(
      fc.constantFrom('a', 'b', 'B', 'A', 'c', '/', '.', '1', 'é', '😀', '\n', ':', 'h', ';'),
      {
        maxLength: 6,
      },
    )
    .map(list => list.join('')),
  { minLength: 30, maxLength: 30 },
)

const urlsOf = (list: readonly MatchText[]): readonly string[] =>
  list.flatMap(({ url }) => (typeof url === 'string' ? [url] : []))

const starts = ['https://h/', 'http://a.h/', 'https://']

const compare = (matches: typeof plainMatches, strategy: 'regexp' | 'glob') =>
  fc.assert(
    fc.property(matches, texts, (list, ends) => {
      const all = starts.flatMap(start => ends.map(end => start + end))
      for (const url of urlsOf(list)) {
        const pattern = compilePattern(url, strategy)
        assert.ok(!isProblem(pattern))
        const machine = machineOf(url, strategy)
        for (const text of all) {
          assert.equal(accepts(machine, text), pattern.test(text), `${url} ${text}`)
        }
      }
    }),
    { numRuns: 150, seed: 2 },
  )

test('an automaton accepts what the pattern matches', () => {
  compare(plainMatches, 'regexp')
  compare(globMatches, 'glob')
})

test('a shortest word is accepted by all that are asked, and by none of the others', () => {
  const inside = [machineOf('https://h/<[ab]{2,4}>', 'regexp'), machineOf('<.*a.*>', 'regexp')]
  const outside = [machineOf('https://h/<a.*>', 'regexp')]
  const found = shortestWord({ inside, outside }, createBudget(10_000, 10_000))
  assert.deepEqual(found, { kind: 'word', word: 'https://h/ba' })
  const none = shortestWord(
    { inside, outside: [machineOf('<.*>', 'regexp')] },
    createBudget(10_000, 10_000),
  )
  assert.deepEqual(none, { kind: 'none' })
  assert.deepEqual(shortestWord({ inside, outside }, createBudget(3, 10_000)), { kind: 'spent' })
})

const rawPath = fc
  .array(
    fc.constantFrom(
      '/',
      'a',
      '.',
      '..',
      ';',
      '%2e',
      '%2F',
      '%25',
      '%C3%A9',
      '%',
      '#',
      '?',
      ' ',
      'é',
      '%3B',
      '\\',
      '%00',
    ),
    {
      maxLength: 8,
    },
  )
  .map(list => bytesOf(`/${list.join('')}`))
const rawHost = fc
  .array(fc.constantFrom('a', 'B', '.', ':80', ':', '[::1]', 'é', '-', '_', '%', ' ', '@'), {
    maxLength: 5,
  })
  .map(list => bytesOf(list.join('')))

test('every URL that a door reads is one of the possible ones', () => {
  let read = 0
  for (const parameters of ['text', 'reject'] as const) {
    for (const encoded_slash of ['decode', 'keep', 'reject'] as const) {
      const settings = { ...usualPaths, parameters, encoded_slash }
      const { machine } = buildMachine(canonicalUrl(settings))
      assert.ok(machine)
      const paths = createPathReader(settings)
      fc.assert(
        fc.property(rawPath, rawHost, (target, name) => {
          const host = canonicalHost(name)
          for (const path of [paths.read(target), paths.readForwarded(target)]) {
            if (host === undefined || path === undefined) continue
            read += 1
            const url = textOf(`https://${host}${path}`)
            assert.ok(accepts(machine, url), url)
          }
        }),
        { numRuns: 2_000, seed: 4 },
      )
    }
  }
  assert.ok(read > 1_000, `${read} read`)
})

test('readable URLs are possible ones', () => {
  const [readable, canonical] = [readableUrl, canonicalUrl(usualPaths)].map(
    node => buildMachine(node).machine,
  )
  assert.ok(readable && canonical)
  const found = shortestWord(
    { inside: [readable], outside: [canonical] },
    createBudget(100_000, 10_000),
  )
  assert.deepEqual(found, { kind: 'none' })
})

test('shapes sort out no pair of patterns that have a URL in common', () => {
  fc.assert(
    fc.property(plainMatches, plainMatches, (list, others) => {
      const sources = urlsOf([...list, ...others])
      const items = sources.map(source => {
        const node = parsePattern(source, 'regexp')
        assert.ok(!isProblem(node))
        return { source, shape: shapeOf(node), machine: machineOf(source, 'regexp') }
      })
      const index = createShapeIndex(items)
      for (const one of items) {
        const fitting = new Set<string>()
        index.visit(one.shape, ({ source }) => fitting.add(source) !== undefined)
        for (const other of items) {
          if (fitting.has(other.source)) continue
          const inside = [one.machine, other.machine]
          const common = shortestWord({ inside, outside: [] }, createBudget(50_000, 10_000))
          assert.equal(
            common.kind,
            'none',
            `${one.source} and ${other.source}: ${JSON.stringify(common)}`,
          )
        }
      }
    }),
    { numRuns: 300, seed: 6 },
  )
})

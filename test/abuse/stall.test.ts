/**
 * No regular expression stalls the process: it is refused, runs in linear time, has a length limit, or stops at a
 * step limit.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { canLimit } from '../../src/rules/matching/engine-flags.ts'
import { createIndex } from '../../src/rules/matching/index-matcher.ts'
import { createLinear } from '../../src/rules/matching/linear.ts'
import { isUndecided } from '../../src/rules/matching/matcher.ts'
import { compilePattern, isProblem } from '../../src/rules/matching/pattern.ts'
import type { Attacked } from './attack.ts'

const linear = [
  '(a+)+',
  '(a+)+$',
  '(a|a)*b',
  '(a|aa)+b',
  '(a*)*b',
  '(x+x+)+y',
  '(?i)(a+)+b',
  '(?i)(a|A)*b',
  '(é+)+!',
  '(\\p{L}+)+!',
  '(?:.*a){12}',
  '(.*)(.*)(.*)(.*)(.*)b',
  'a*a*a*a*a*a*a*a*a*a*b',
]
const refusedOrBounded = [
  '(a{1,50}){1,50}',
  '(?:a{1,30}){1,30}',
  '((a{0,20}){0,20}){0,20}c',
  '(?=(a+)+b).*',
  '(?!(a+)+b).*',
  '(?!(\\w+\\s?)*$).*',
  '(?!x)(a|a)*b',
  '(?i)(?!x)(a+)+b',
  "(?<q>a*)\\k'q'+b",
  "(?<q>a+)+\\k'q'b",
  "(?<q>.*)\\k'q'.*.*.*b",
  '(?(?=(?:a+)+b)a|.*)',
  '(?!x)(?:.*a){12}',
  '(?!x)(?:a?){30}a{30}',
]
const bounded = [
  '(?!x)(.*)(.*)(.*)(.*)(.*)b',
  '.{1,40}.{1,40}.{1,40}.{1,40}!',
  '(?=a*?a*?a*?a*?b)a*',
  '(?:(?=.*)a)*b',
  '(?:(?=(?:(?=.*)a)*)a)*b',
  '.*.*.*(?=.*b)q',
  '(?!.*a.*b.*c).*',
  '(?=.*z)(?!.*y).*/(?=.*z)(?!.*y).*/.*',
  '\\w+\\b\\w+\\b\\w+!',
  '(?m)(?:^a+$\\n?)+b',
]
const inPath = (expression: string): string => `http://h/<${expression}>`
const sources = {
  linear: [
    ...linear.map(inPath),
    `http://h/${'<.*>'.repeat(10)}`,
    `http://h/${'<.*>/'.repeat(10)}`,
  ],
  refusedOrBounded: refusedOrBounded.map(inPath),
  bounded: [...bounded.map(inPath), `http://h/${'<(?!x).*>'.repeat(10)}`],
}

/** Attacks the patterns in a process that is ended after five minutes; returns the answers that were written until then. */
async function attack(
  patterns: readonly string[],
  ...args: readonly string[]
): Promise<readonly Attacked[]> {
  const script = fileURLToPath(new URL('attack.ts', import.meta.url))
  const command = ['--import', 'tsx', script, ...args]
  const child = spawn(process.execPath, command, { timeout: 300_000 })
  child.stdin.end(JSON.stringify(patterns))
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return output
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

function assertQuick(patterns: readonly string[], answers: readonly Attacked[]): void {
  assert.equal(answers.length, patterns.length, `stalls: ${patterns[answers.length]}`)
  for (const { source, worstMilliseconds } of answers)
    assert.ok(worstMilliseconds < 500, `${source}: ${worstMilliseconds} ms`)
}

test('expressions that the linear-time engine supports run against any URL', async () => {
  const answers = await attack(sources.linear)
  assertQuick(sources.linear, answers)
  for (const { source, message, maxLength } of answers)
    assert.deepEqual([message, maxLength], [undefined, undefined], source)
})

test('expressions of polynomial cost have a limit on the length of the URL', async () => {
  const answers = await attack(sources.bounded)
  assertQuick(sources.bounded, answers)
  for (const { source, message, maxLength } of answers) {
    assert.equal(message, undefined, source)
    assert.ok(maxLength !== undefined && maxLength <= 3162, source)
  }
})

test('expressions that can take exponential time are refused, or bounded if that is not detected', async () => {
  const answers = await attack(sources.refusedOrBounded)
  assertQuick(sources.refusedOrBounded, answers)
  for (const { source, message, maxLength } of answers)
    assert.match(message ?? `at most ${maxLength}`, /exponential time|at most 1024/, source)
})

test('where V8 flags must not be set, patterns are bounded or refused', async () => {
  const all = [...sources.linear, ...sources.refusedOrBounded, ...sources.bounded]
  const answers = await attack(all, 'keep-flags')
  assertQuick(all, answers)
  const messageOf = (source: string) => answers.find(one => one.source === source)?.message
  assert.match(messageOf(inPath('(a+)+')) ?? '', /exponential time/)
  assert.match(messageOf(inPath('(.*)(.*)(.*)(.*)(.*)b')) ?? '', /too long .*v8Flags/)
  const withLimit = answers.filter(({ maxLength }) => maxLength !== undefined)
  assert.ok(withLimit.length > 3, `${withLimit.length} have a limit`)
  const simple = await attack(['http://h/<.*>', 'http://h/<[a-z]+>/<(?!x).*>'], 'keep-flags')
  for (const { source, message, maxLength } of simple)
    assert.deepEqual([message, maxLength], [undefined, undefined], source)
})

test('a hundred expressions that need an analysis load within seconds', async () => {
  const patterns = Array.from({ length: 100 }, (_, i) =>
    inPath(`(?:(?:a{0,2${i % 10}}){0,20}){0,2${i}}c`),
  )
  const answers = await attack(patterns)
  assertQuick(patterns, answers)
  const times = answers.map(({ compileMilliseconds }) => compileMilliseconds)
  const total = times.reduce((sum, time) => sum + time, 0)
  assert.ok(total < 8000, `${total} ms in all`)
  assert.ok(Math.max(...times) < 2500, `${Math.max(...times)} ms for one`)
})

test('a rule whose expression reaches the step limit is an error for URLs that contain its literal text, with both matchers', async () => {
  assert.ok(canLimit(), 'this engine has no expressions with a step limit')
  const pattern = compilePattern('http://h/<(?!x)(.*)(.*)(.*)(.*)(.*)>/end', 'regexp')
  assert.ok(!isProblem(pattern))
  const entries = [{ pattern, methods: ['GET'], value: 'rule' }]
  const attackUrl = `http://h/${'a/end'.repeat(150)}!`
  for (const matcher of [await createIndex(entries), createLinear(entries)]) {
    const found = matcher.find({ url: attackUrl, method: 'GET' })
    assert.ok(isUndecided(found))
    assert.match(found.reason, /takes too many steps/)
    assert.deepEqual(matcher.find({ url: `http://h/${'a'.repeat(700)}!`, method: 'GET' }), [])
    assert.deepEqual(matcher.find({ url: 'http://h/a/end', method: 'GET' }), ['rule'])
  }
  assert.deepEqual(pattern.captures('http://h/a/end'), ['a', 'a', '', '', '', ''])
  assert.deepEqual(pattern.captures(attackUrl), [])
})

test('both engines capture the same groups', () => {
  for (const [source, url] of [
    ['http://h/<(a|ab)(c|bcd)(d*)>', 'http://h/abcd'],
    ['http://h/<(a*)(a*?)(b?)>', 'http://h/aab'],
    ['http://h/<(?:(a)|b)+>', 'http://h/aba'],
  ] as const) {
    const pattern = compilePattern(source, 'regexp')
    assert.ok(!isProblem(pattern))
    const expression = source.slice('http://h/<'.length, -1)
    const linearly = new RegExp(`^http://h/(${expression})$`, 'l').exec(url)
    assert.deepEqual(
      pattern.captures(url),
      linearly?.slice(1).map(part => part ?? ''),
      source,
    )
  }
})

/**
 * Runs in a process of its own, so that a slow expression can be ended. It reads patterns, compiles each, and runs
 * it against texts of the greatest allowed length; it writes one line of JSON per pattern. With the argument
 * `keep-flags` it does not set V8 flags, as inside another program.
 */
import { text } from 'node:stream/consumers'
import { keepEngineFlags } from '../../src/rules/matching/engine-flags.ts'
import { compilePattern, isProblem, type Pattern } from '../../src/rules/matching/pattern.ts'
import { processorTime } from '../support/processor-time.ts'

export interface Attacked {
  readonly source: string
  readonly compileMilliseconds: number
  /** Why the pattern was refused. */
  readonly message?: string
  readonly maxLength?: number
  readonly worstMilliseconds: number
  /** Texts on which the pattern reached its limit. */
  readonly gaveUp: number
}

/** No request has a longer path. */
const longestPath = 16_384
const pumps = ['a', 'ab', 'aab', 'a1', '1', 'a/', '/', 'a-', 'a.', 'x', 'xy', ' a', 'é', 'aA', 'z/']
const ends = ['', '!', 'b', '\n', '/']

function* attacks({ maxLength = Number.POSITIVE_INFINITY }: Pattern): Generator<string> {
  const length = Math.min(longestPath, maxLength) - 'http://h/'.length - 1
  for (const pump of pumps) {
    for (const end of ends) yield `http://h/${pump.repeat(length / pump.length)}${end}`
    yield `http://h/${pump.repeat(60 / pump.length)}!`
  }
}

/** A slow expression is slow in each run. The time of the processor: a loaded machine takes the rest away. */
function run(pattern: Pattern, url: string) {
  let best = Number.POSITIVE_INFINITY
  let matched: boolean | undefined
  for (let left = 3; left > 0 && best > 200; left--) {
    const start = processorTime()
    matched = pattern.test(url)
    best = Math.min(best, processorTime() - start)
  }
  return { matched, milliseconds: best }
}

function attack(source: string): Attacked {
  const from = processorTime()
  const pattern = compilePattern(source, 'regexp')
  const compileMilliseconds = processorTime() - from
  const base = { source, compileMilliseconds, worstMilliseconds: 0, gaveUp: 0 }
  if (isProblem(pattern)) return { ...base, message: pattern.message }
  let worst = 0
  let gaveUp = 0
  for (const url of attacks(pattern)) {
    const { matched, milliseconds } = run(pattern, url)
    worst = Math.max(worst, milliseconds)
    if (matched === undefined) gaveUp++
  }
  const { maxLength } = pattern
  return { ...base, worstMilliseconds: worst, gaveUp, ...(maxLength && { maxLength }) }
}

if (process.argv.includes('keep-flags')) keepEngineFlags()
for (const source of JSON.parse(await text(process.stdin)))
  process.stdout.write(`${JSON.stringify(attack(source))}\n`)

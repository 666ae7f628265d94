/**
 * Compares a server with recorded answers.
 *
 *   node --import tsx test/conformance/run.ts --server "CMD" [--only REGEX] [--deliberate FILE]
 *     [--without PORT] [--jobs N] [--diff-lines N] [DIR...]
 *
 * Prints one line per failing check, then `N passed, N failed`; exit code 1 if anything failed.
 */
import { parseArgs } from 'node:util'
import { collect } from './collect.ts'
import { type Remaining, readDeliberate, withoutDeliberate } from './deliberate.ts'
import { notRun, runScenario } from './scenario.ts'
import type { Port, Result } from './types.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: 'string' },
    only: { type: 'string' },
    deliberate: { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '2' },
    'diff-lines': { type: 'string', default: '6' },
  },
})

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

if (values.server === undefined) {
  console.error('--server "CMD" is missing')
  process.exit(2)
}
const options = { command: values.server, without: values.without as Port[] }
const deliberate = values.deliberate === undefined ? {} : readDeliberate(values.deliberate)
const places = positionals.length === 0 ? [new URL('cases', import.meta.url).pathname] : positionals
const files = collect(places, values.only === undefined ? undefined : new RegExp(values.only))
const waiting = [...files]
const results: Remaining[] = []

/** A broken scenario must not hide the others. */
const run = (file: string): Promise<Result> =>
  runScenario(file, options).catch(error => ({
    scenario: file,
    passed: 0,
    misses: [{ check: 'runner', diff: [String(error)] }],
  }))

function print({ scenario, misses }: Remaining): void {
  const most = Number(values['diff-lines'])
  for (const { check, diff } of misses) {
    if (diff === notRun) continue
    const rest = diff.length > most ? ` ;; (+${diff.length - most})` : ''
    console.log(`FAIL ${scenario} | ${check} | ${diff.slice(0, most).join(' ;; ')}${rest}`)
  }
}

async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const result = withoutDeliberate(await run(file), deliberate)
    results.push(result)
    print(result)
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work))
const sum = (count: (result: Remaining) => number) =>
  results.reduce((all, result) => all + count(result), 0)
const failures = sum(({ misses }) => misses.length)
if (values.deliberate !== undefined) {
  console.log(`${sum(result => result.deliberate)} deliberate differences`)
}
console.log(`${sum(({ passed }) => passed)} passed, ${failures} failed`)
process.exitCode = failures > 0 || files.length === 0 ? 1 : 0

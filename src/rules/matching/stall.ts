import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { Bound } from './cost.ts'

// An expression that backtracks too much is handed to the engine's linear-time matcher ...
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
// ... and the flag `l` tells at load whether that matcher can run it.
setFlagsFromString('--enable-experimental-regexp-engine')

/** True when the linear-time matcher can run the expression. */
export function runsInLinearTime(source: string): boolean {
  try {
    return new RegExp(source, 'l').source !== ''
  } catch {
    return false
  }
}

/** Steps that take about 50 ms. */
const steps = 1e7

/** The longest text that takes no more than about 50 ms; undefined when every request line is shorter. */
export function longestFor({ degree, factor }: Bound): number | undefined {
  const longest = Math.floor((steps / factor) ** (1 / degree))
  return longest >= longestRequest ? undefined : longest
}

const longestRequest = 1 << 20

type Verdict = Bound | 'exponential' | 'unknown'

interface Diagnosis {
  readonly status: string
  readonly complexity?: { readonly type: string; readonly degree?: number } | undefined
}
interface Checker {
  checkSync(source: string, flags: string, options: object): Diagnosis
}

const require = createRequire(import.meta.url)
let checker: Checker | undefined
const remembered = new Map<string, Verdict>()
const limit = 1000

/**
 * Judges an expression whose shape tells nothing, by analysis and attack. Takes up to two seconds, so
 * each distinct expression is judged once; the analyser is loaded when it is first needed. The build
 * for browsers is used, since it starts no process.
 */
export function judge(source: string): Verdict {
  const known = remembered.get(source)
  if (known !== undefined) return known
  checker ??= require('recheck/lib/browser.js') as Checker
  const verdict = verdictOf(checker.checkSync(source, '', { timeout: 2000 }))
  if (remembered.size >= limit) remembered.clear()
  remembered.set(source, verdict)
  return verdict
}

function verdictOf({ status, complexity }: Diagnosis): Verdict {
  if (status === 'safe') return { degree: 1, factor: 1 }
  if (status !== 'vulnerable') return 'unknown'
  const { type, degree } = complexity ?? {}
  return type === 'polynomial' && degree !== undefined ? { degree, factor: 1 } : 'exponential'
}

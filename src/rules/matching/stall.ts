import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { Bound } from './cost.ts'

// An expression that backtracks too much is continued by the engine's linear-time matcher ...
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
// ... after few backtracks, because up to a whole URL is read between two of them ...
setFlagsFromString('--regexp-backtracks-before-fallback=10000')
// ... and the flag `l` shows at load whether that matcher can run the expression.
setFlagsFromString('--enable-experimental-regexp-engine')

/** True when the linear-time matcher can run the expression. */
export function runsInLinearTime(source: string): boolean {
  try {
    return new RegExp(source, 'l').source !== ''
  } catch {
    return false
  }
}

/** Creates an expression that gives up after so many backtracks: see `createLimited`. */
type MakeLimited = (source: string, backtracks: number) => RegExp

/** V8's function for it is not part of the language; undefined in an engine that does not have it. */
function findLimited(): MakeLimited | undefined {
  setFlagsFromString('--allow-natives-syntax')
  try {
    const make = new Function('s', 'n', 'return %NewRegExpWithBacktrackLimit(s, "", n)')
    const hasGivenUp = make('^(a+)+\\1b$|()', 10).exec('aaaaaaaaaaaaaaaaaaaa') === null
    return hasGivenUp ? (make as MakeLimited) : undefined
  } catch {
    return undefined
  } finally {
    setFlagsFromString('--no-allow-natives-syntax')
  }
}

const makeLimited = findLimited()
/** True when expressions can be given a backtrack limit. */
export const canLimit = makeLimited !== undefined

/** Including the text that is read between two of them, this takes up to 100 ms. */
const backtracks = 300_000

/** The longest text, in UTF-16 units, for an expression of unproven cost that can give up. */
export const longestUnproven = 1024

/**
 * The expression with one more group behind its own. `''` in that group means "no match"; no result means that the
 * expression gave up because it backtracked too much. Only where `canLimit`.
 */
export const createLimited = (source: string): RegExp =>
  makeLimited?.(`${source}|()`, backtracks) ?? new RegExp(`${source}|()`)

/** Steps that take about 50 ms. */
const steps = 1e7

/** The longest text that takes at most about 50 ms; undefined when every request line is shorter. */
export function longestFor({ degree, factor }: Bound): number | undefined {
  const longest = Math.floor((steps / factor) ** (1 / degree))
  return longest >= longestRequest ? undefined : longest
}

const longestRequest = 1 << 20

export type Verdict = Bound | 'exponential' | 'unknown'

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

/** Attacks are limited by counts, not by time, so that an expression gets the same verdict on every machine. */
const effort = {
  checker: 'fuzz',
  maxIteration: 2,
  maxInitialGenerationSize: 100,
  incubationLimit: 10_000,
  attackLimit: 20_000_000,
  timeout: 1000,
}

/** The analysis blocks the process, so its time is limited: this many milliseconds at once, refilled at 1/20 of the elapsed time. */
const largestAllowance = 3000
const refill = 1 / 20
const allowance = { milliseconds: largestAllowance, at: performance.now() }

/**
 * Evaluates by simulated attacks an expression whose shape proves nothing. Each distinct expression is evaluated once.
 * The analyser is loaded on first use, in its build for browsers, because that build starts no process.
 */
export function evaluateCost(source: string): Verdict {
  const known = remembered.get(source)
  if (known !== undefined) return known
  const from = performance.now()
  const filled = allowance.milliseconds + (from - allowance.at) * refill
  allowance.milliseconds = Math.min(largestAllowance, filled)
  allowance.at = from
  if (allowance.milliseconds <= 0) return 'unknown'
  checker ??= require('recheck/lib/browser.js') as Checker
  const verdict = verdictOf(attack(checker, source))
  allowance.milliseconds -= performance.now() - from
  if (remembered.size >= limit) remembered.clear()
  remembered.set(source, verdict)
  return verdict
}

/** The analyser overflows the stack on some expressions. */
function attack(analyser: Checker, source: string): Diagnosis {
  try {
    return analyser.checkSync(source, '', effort)
  } catch {
    return { status: 'unknown' }
  }
}

/** A failed attack proves little, so an expression that was found harmless still counts as quadratic. */
function verdictOf({ status, complexity }: Diagnosis): Verdict {
  if (status === 'safe') return { degree: 2, factor: 1 }
  if (status !== 'vulnerable') return 'unknown'
  const { type, degree } = complexity ?? {}
  return type === 'polynomial' && degree !== undefined ? { degree, factor: 1 } : 'exponential'
}

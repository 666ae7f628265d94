import { createRequire } from 'node:module'
import type { Bound } from './cost.ts'

/** The longest text that an expression of unproven cost is run against, when it can give up. */
export const longestUnproven = 1024

/** Steps that take about 50 ms. */
const steps = 1e7

/** The longest text that takes at most about 50 ms; undefined when every request line is shorter. */
export function longestFor({ degree, factor }: Bound): number | undefined {
  const longest = Math.floor((steps / factor) ** (1 / degree))
  return longest >= longestRequest ? undefined : longest
}

const longestRequest = 1 << 20

export type Cost = Bound | 'exponential' | 'unknown'

interface Diagnosis {
  readonly status: string
  readonly complexity?: { readonly type: string; readonly degree?: number } | undefined
}
interface Checker {
  checkSync(source: string, flags: string, options: object): Diagnosis
}

const require = createRequire(import.meta.url)
let checker: Checker | undefined
const analysed = new Map<string, Cost>()
const limit = 1000

/** Attacks are limited by counts, not by time, so that an expression gets the same cost on every machine. */
const effort = {
  checker: 'fuzz',
  maxIteration: 2,
  maxInitialGenerationSize: 100,
  incubationLimit: 10_000,
  attackLimit: 20_000_000,
  // Only for a process that gets next to no time.
  timeout: 10_000,
}

/**
 * The analysis blocks the process, so its time is limited: this many milliseconds of the processor at once, refilled at
 * 1/20 of the elapsed time.
 */
const largestAllowance = 3000
const refill = 1 / 20
/** Milliseconds that this process has computed: on a busy machine the same as on an idle one. */
const computed = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const allowance = { milliseconds: largestAllowance, at: performance.now() }

/**
 * Evaluates by simulated attacks an expression whose shape proves nothing. Each distinct expression is evaluated once.
 * The analyser is loaded on first use, in its build for browsers, because that build starts no process.
 */
export function evaluateCost(source: string): Cost {
  const known = analysed.get(source)
  if (known !== undefined) return known
  const now = performance.now()
  const filled = allowance.milliseconds + (now - allowance.at) * refill
  allowance.milliseconds = Math.min(largestAllowance, filled)
  allowance.at = now
  if (allowance.milliseconds <= 0) return 'unknown'
  const from = computed()
  const cost = costOf(attack(source))
  allowance.milliseconds -= computed() - from
  if (analysed.size >= limit) analysed.clear()
  analysed.set(source, cost)
  return cost
}

/** The analyser overflows the stack on some expressions; a version of it may not have this build. */
function attack(source: string): Diagnosis {
  try {
    checker ??= require('recheck/lib/browser.js') as Checker
    return checker.checkSync(source, '', effort)
  } catch {
    return { status: 'unknown' }
  }
}

/** A failed attack proves little, so an expression that was found harmless still counts as quadratic. */
function costOf({ status, complexity }: Diagnosis): Cost {
  if (status === 'safe') return { degree: 2, factor: 1 }
  if (status !== 'vulnerable') return 'unknown'
  const { type, degree } = complexity ?? {}
  return type === 'polynomial' && degree !== undefined ? { degree, factor: 1 } : 'exponential'
}

/**
 * Flags of V8 that limit backtracking of expressions. They apply to the whole process, so a program that embeds
 * Oarlock decides about them: docs/decisions/0013-private-interfaces.md.
 */
import { setFlagsFromString } from 'node:v8'

/** Creates an expression that gives up after so many backtracks: see `createLimited`. */
type MakeLimited = (source: string, backtracks: number) => RegExp

let isDecided = false
let makeLimited: MakeLimited | undefined

/** Leaves all flags unchanged. Call it before a pattern is compiled; it has no effect once flags are set. */
export function keepEngineFlags(): void {
  isDecided = true
}

/** Sets the flags for this process. */
export function setEngineFlags(): void {
  isDecided = true
  // An expression that backtracks too much is continued by the engine's linear-time matcher ...
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
  // ... after few backtracks, because up to a whole URL is read between two of them ...
  setFlagsFromString('--regexp-backtracks-before-fallback=10000')
  // ... and the flag `l` shows at load whether that matcher can run the expression.
  setFlagsFromString('--enable-experimental-regexp-engine')
  makeLimited ??= findLimited()
}

/** Sets the flags unless `keepEngineFlags` was called. Call it before an expression is created. */
export function decideEngineFlags(): void {
  if (!isDecided) setEngineFlags()
}

/** V8's function for it is not part of the language; undefined in an engine that does not have it. */
function findLimited(): MakeLimited | undefined {
  const isAllowed = allowsNatives()
  setFlagsFromString('--allow-natives-syntax')
  try {
    const make = new Function('s', 'n', 'return %NewRegExpWithBacktrackLimit(s, "", n)')
    const hasGivenUp = make('^(a+)+\\1b$|()', 10).exec('aaaaaaaaaaaaaaaaaaaa') === null
    return hasGivenUp ? (make as MakeLimited) : undefined
  } catch {
    return undefined
  } finally {
    if (!isAllowed) setFlagsFromString('--no-allow-natives-syntax')
  }
}

/** True when the program was started with that syntax: then it stays on. */
function allowsNatives(): boolean {
  try {
    return new Function('return %IsSmi(1)') instanceof Function
  } catch {
    return false
  }
}

/** True when the linear-time matcher can run the expression; false for all where the flags are not set. */
export function runsInLinearTime(source: string): boolean {
  decideEngineFlags()
  try {
    return new RegExp(source, 'l').source !== ''
  } catch {
    return false
  }
}

/** True when expressions can be given a backtrack limit. */
export function canLimit(): boolean {
  decideEngineFlags()
  return makeLimited !== undefined
}

/** Including the text that is read between two of them, this takes up to 100 ms. */
const backtracks = 300_000

/**
 * The expression with one more group behind its own. `''` in that group means "no match"; no result means that the
 * expression gave up because it backtracked too much. Only where `canLimit`.
 */
export const createLimited = (source: string): RegExp =>
  makeLimited?.(`${source}|()`, backtracks) ?? new RegExp(`${source}|()`)

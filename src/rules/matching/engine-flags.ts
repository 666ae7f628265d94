/**
 * What V8 offers against expressions that backtrack without end, by flags of its own. They are flags of the whole
 * process, so a program that Oarlock is embedded in decides about them: docs/decisions/0013-private-interfaces.md.
 */
import { setFlagsFromString } from 'node:v8'

/** A way to make an expression that gives up: see `createLimited`. */
type MakeLimited = (source: string, backtracks: number) => RegExp

let isDecided = false
let makeLimited: MakeLimited | undefined

/** Leaves all flags as they are; without effect once they are set. To be called before a pattern is compiled. */
export function keepEngineFlags(): void {
  isDecided = true
}

/** Sets the flags for this process. */
export function setEngineFlags(): void {
  isDecided = true
  // An expression that backtracks too much is handed to the engine's linear-time matcher ...
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
  // ... early, since up to a whole URL is run over between two backtracks ...
  setFlagsFromString('--regexp-backtracks-before-fallback=10000')
  // ... and the flag `l` tells at load whether that matcher can run it.
  setFlagsFromString('--enable-experimental-regexp-engine')
  makeLimited ??= findLimited()
}

/** Sets them unless somebody decided. To be called before an expression is made. */
export function decideEngineFlags(): void {
  if (!isDecided) setEngineFlags()
}

/** V8's own function for it has no name in the language; undefined in an engine that does not have it. */
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

/** Whether the program was started with that syntax: then it stays. */
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

/** True when expressions can be told to give up. */
export function canLimit(): boolean {
  decideEngineFlags()
  return makeLimited !== undefined
}

/** With the text that is run over between two of them, up to 100 ms. */
const backtracks = 300_000

/**
 * The expression with one more group behind its own: `''` there means "no match", and no result that the
 * expression gave up because it backtracked too much. Only where `canLimit`.
 */
export const createLimited = (source: string): RegExp =>
  makeLimited?.(`${source}|()`, backtracks) ?? new RegExp(`${source}|()`)

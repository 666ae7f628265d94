/** `diff`: what another rule set changes, rule by rule and over requests. */
import type { Config } from '../config/config.ts'
import { readErrorText } from '../config/files/read.ts'
import { renderIssue } from '../config/issue.ts'
import { loadConfig } from '../config/load.ts'
import { type Diff, diffOver, diffRules } from '../insight/diff/diff.ts'
import { type ReadRequests, readLog, readRequests } from '../insight/diff/read-requests.ts'
import { isConfig, type OpenedRules, openRules } from '../insight/rule-sets/open.ts'
import { environment } from '../lib/environment.ts'
import { withoutControls } from '../lib/without-controls.ts'
import { hasColours } from './colours.ts'
import { counted } from './counted.ts'
import { type Format, formats } from './diff/formats.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import { withInputFile } from './input-file.ts'
import type { ConfigOption, Output } from './output.ts'
import { type Problem, printProblem } from './problem.ts'

export interface DiffOptions extends ConfigOption {
  readonly requests?: string
  readonly log?: string
  readonly format: Format
}

/** Configurations, or rules. */
export interface Compared {
  readonly before: string
  readonly after: string
}

export async function diff(
  { before, after }: Compared,
  options: DiffOptions,
  output: Output,
): Promise<number> {
  if (options.requests !== undefined && options.log !== undefined) {
    output.err('error: found --requests and --log, expected one of them\n')
    return exitCode.usage
  }
  return withInputFile([before, after], output, ([old = '', next = ''], named) =>
    diffFiles({ before: old, after: next }, options, named),
  )
}

async function diffFiles(
  compared: Compared,
  options: DiffOptions,
  output: Output,
): Promise<number> {
  const settings = await settingsOf(compared, options, output)
  if (typeof settings === 'number') return settings
  const before = await openRules([compared.before], settings)
  if (before.kind === 'problem') return printProblem(before, output)
  const after = await openRules([compared.after], settings)
  if (after.kind === 'problem') {
    await before.close()
    return printProblem(after, output)
  }
  try {
    return await compare([before, after], options, output)
  } finally {
    await Promise.all([before.close(), after.close()])
  }
}

/**
 * The configuration for rules that come without one: the one that is given, or that of the other set. undefined:
 * neither exists.
 */
async function settingsOf(
  { before, after }: Compared,
  { config: given = [] }: DiffOptions,
  output: Output,
): Promise<Config | undefined | number> {
  const kinds = [await isConfig(before), await isConfig(after)] as const
  const other = kinds[0] !== kinds[1] ? [kinds[0] ? before : after] : []
  const files = given.length > 0 ? given : other
  if (files.length === 0) return undefined
  const outcome = await loadConfig({ files, env: environment() })
  if (outcome.kind === 'config') return outcome.config
  return printProblem({ problem: 'invalid', lines: outcome.issues.map(renderIssue) }, output)
}

async function compare(
  [before, after]: readonly [OpenedRules, OpenedRules],
  options: DiffOptions,
  output: Output,
): Promise<number> {
  const given = givenRequests([before, after], options)
  try {
    const found = given
      ? await diffOver(given.requests, before, after)
      : await diffRules(before, after)
    if (given !== undefined) {
      const problem = nothingIn(given, options)
      if (problem !== undefined) return printProblem(problem, output)
      printSkipped(given, output)
    }
    printOthers(found, output)
    output.out(formats[options.format](found, { hasColours: hasColours(environment()) }))
    const isBroken = given !== undefined && given.broken.count() > 0
    return worstOf([codeOf(found), ...(isBroken ? [exitCode.failed] : [])])
  } catch (error) {
    const problem = fileProblem(error, options.requests ?? options.log)
    if (problem === undefined) throw error
    return printProblem(problem, output)
  }
}

function givenRequests(
  both: readonly [OpenedRules, OpenedRules],
  { requests, log }: DiffOptions,
): ReadRequests | undefined {
  if (requests !== undefined) return readRequests(requests, both)
  return log === undefined ? undefined : readLog(log, both)
}

/** The problem of a file that has lines, but none that can be used; undefined: one can, or the file is empty. */
function nothingIn(given: ReadRequests, { requests, log }: DiffOptions): Problem | undefined {
  const skipped = given.skipped() + given.broken.count()
  if (given.used() > 0 || skipped === 0) return undefined
  const expected = requests === undefined ? 'lines of the decision log' : 'requests'
  const found = `${counted(skipped, 'line')} without a request that can be read`
  return unreadable(`${requests ?? log}: found ${found}, expected ${expected}`)
}

function printSkipped(given: ReadRequests, output: Output): void {
  for (const line of given.broken.report()) output.err(`error: ${withoutControls(line)}\n`)
  const skipped = given.skipped()
  if (skipped > 0) {
    output.err(`${counted(skipped, 'line has', 'lines have')} no request that can be read\n`)
  }
  if (given.used() === 0) output.err('warning: found no request, expected one at least\n')
  const { count, first } = given.unusable()
  if (count === 0) return
  const lines = counted(count, 'line has', 'lines have')
  output.err(`${lines} a capsule that cannot be used; ${first}\n`)
}

function printOthers({ otherCapsules = 0 }: Diff, output: Output): void {
  if (otherCapsules === 0) return
  const decisions = counted(otherCapsules, 'decision was', 'decisions were')
  output.err(
    `warning: ${decisions} made with other rules or settings than OLD: what their handlers would give is not always known\n`,
  )
}

const unreadable = (line: string): Problem => ({ problem: 'unreadable', lines: [line] })

/** Errors of a file with requests; undefined: a bug. */
function fileProblem(error: unknown, file = ''): Problem | undefined {
  const { message, code } = error as NodeJS.ErrnoException
  if (error instanceof SyntaxError) return { problem: 'invalid', lines: [message] }
  if (error instanceof RangeError) return unreadable(message)
  return code === undefined
    ? undefined
    : unreadable(`${file}: found ${readErrorText(error)}, expected a readable file`)
}

const codeOf = ({ groups, doubts }: Diff): number =>
  worstOf([
    ...groups.map(({ kind }) => (kind === 'undecided' ? exitCode.undecided : exitCode.differs)),
    ...doubts.map(() => exitCode.undecided),
  ])

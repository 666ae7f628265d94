/** The requests of a file, for both sets; what cannot be used is counted or reported. */
import { isJsonObject, tryJson } from '../../lib/json.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { type BrokenLines, brokenLog } from './broken-lines.ts'
import type { GivenRequest } from './diff.ts'
import { readLogLine, readRequestLine, requestFrom, requestFromLog } from './given-requests.ts'
import { linesOf } from './lines.ts'

export interface ReadRequests {
  readonly requests: AsyncIterable<GivenRequest>
  /** Lines that have no request; complete when all were read. */
  readonly skipped: () => number
  /** Lines that have one. */
  readonly used: () => number
  /** Lines of a log that are no objects of JSON; complete when all were read. */
  readonly broken: BrokenLines
  /** Lines of a log whose capsules cannot be used; they are compared without. */
  readonly unusable: () => UnusableCapsules
}

export interface UnusableCapsules {
  readonly count: number
  /** Of the first one, such as `line 7: capsule.v: found 2, …`. */
  readonly first: string
}

const none: UnusableCapsules = { count: 0, first: '' }

type Both = readonly [before: OpenedRules, after: OpenedRules]

/** Throws a SyntaxError that names the line which is not a request, and errors of the file system. */
export function readRequests(file: string, [before, after]: Both): ReadRequests {
  const tally = { used: 0 }
  return {
    requests: requestsIn(file, [before, after], tally),
    skipped: () => 0,
    used: () => tally.used,
    broken: brokenLog(file),
    unusable: () => none,
  }
}

async function* requestsIn(
  file: string,
  [before, after]: Both,
  tally: { used: number },
): AsyncGenerator<GivenRequest> {
  for await (const [line, number] of linesOf(file)) {
    if (line === '' || line.startsWith('#')) continue
    const written = readRequestLine(line)
    if (written === undefined) {
      throw new SyntaxError(
        `${file}:${number}: found ${described(line)}, expected METHOD URL, or JSON with method, url and headers`,
      )
    }
    tally.used += 1
    yield {
      before: requestFrom(written, before.paths),
      after: requestFrom(written, after.paths),
    }
  }
}

/** Lines of the decision log. Those without a request, and with masked fields, are counted. */
export function readLog(file: string, both: Both): ReadRequests {
  const tally = { skipped: 0, used: 0, unusable: none, broken: brokenLog(file) }
  return {
    requests: decisionsIn(file, both, tally),
    skipped: () => tally.skipped,
    used: () => tally.used,
    broken: tally.broken,
    unusable: () => tally.unusable,
  }
}

interface LogTally {
  skipped: number
  used: number
  unusable: UnusableCapsules
  readonly broken: BrokenLines
}

async function* decisionsIn(
  file: string,
  both: Both,
  tally: LogTally,
): AsyncGenerator<GivenRequest> {
  for await (const [line, number] of linesOf(file)) {
    if (line === '') continue
    if (!isLogLine(line)) {
      tally.broken.add(number, 'something else than an object of JSON')
      continue
    }
    const given = fromLog(line, both)
    countUnusable(tally, number, given?.logged?.unusable)
    if (given?.before === undefined) {
      tally.skipped += 1
      continue
    }
    tally.used += 1
    yield given
  }
}

const isLogLine = (line: string): boolean => isJsonObject(tryJson(line, JSON.parse))

function countUnusable(tally: LogTally, number: number, problem: string | undefined): void {
  if (problem === undefined) return
  const { count, first } = tally.unusable
  tally.unusable = {
    count: count + 1,
    first: count === 0 ? `line ${number}: ${problem}` : first,
  }
}

function fromLog(line: string, [before, after]: Both): GivenRequest | undefined {
  const logged = readLogLine(line)
  if (logged === undefined) return undefined
  return {
    before: requestFromLog(logged, before.paths),
    after: requestFromLog(logged, after.paths),
    logged,
  }
}

/** Headers and queries may have secrets: they are not shown. */
function described(line: string): string {
  if (line.startsWith('{')) {
    return isLogLine(line)
      ? 'JSON whose method, url or headers are not valid'
      : 'JSON that is not valid'
  }
  const shown = line.replace(/\?.*$/s, '?…')
  return JSON.stringify(shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown)
}

const longestShown = 60

/** Finds a decision in the decision log. */
import { readErrorText } from '../../config/files/read.ts'
import type { WrittenRequest } from '../../explain/asked.ts'
import { type BrokenLines, brokenLog } from '../../insight/diff/broken-lines.ts'
import { linesOf } from '../../insight/diff/lines.ts'
import { type LoggedCapsule, readCapsule } from '../../insight/replay/read-capsule.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonObject, tryJson } from '../../lib/json.ts'
import { escapePath } from '../../lib/url-path.ts'
import type { Problem } from '../problem.ts'

export interface FoundDecision {
  readonly written: WrittenRequest
  /** A text says why it cannot be used; undefined: the log has none. */
  readonly capsule: LoggedCapsule | string | undefined
  /** Lines before it that are not of a decision log. */
  readonly broken: readonly string[]
}

/**
 * Returns the reason as a text when there is no such decision, as a problem when the file is not a log. Lines that are not
 * JSON are named. `-`: standard input.
 */
export async function decisionFromLog(
  id: string,
  file: string,
): Promise<FoundDecision | Problem | string> {
  const read: LogRead = { isLog: false, broken: brokenLog(file) }
  try {
    for await (const [line, number] of linesOf(file)) {
      const entry = entryOf(line, number, read)
      if (entry?.['id'] === id) return decisionOf(entry, read.broken.report())
    }
    return read.isLog
      ? `--from-log: found no decision ${id} in ${file}`
      : unreadable(`${file}: found no line of the decision log, expected one at least`)
  } catch (error) {
    const isTooLong = error instanceof RangeError
    return unreadable(
      isTooLong
        ? error.message
        : `${file}: found ${readErrorText(error)}, expected a readable file`,
    )
  }
}

interface LogRead {
  isLog: boolean
  readonly broken: BrokenLines
}

/** undefined: it has none. */
function entryOf(line: string, number: number, read: LogRead): JsonObject | undefined {
  if (line === '') return undefined
  const entry = tryJson(line, JSON.parse)
  if (!isJsonObject(entry)) {
    read.broken.add(number, 'something else than an object of JSON')
    return undefined
  }
  read.isLog ||= isDecision(entry)
  return entry
}

const isDecision = (entry: JsonObject): boolean => typeof entry['granted'] === 'boolean'

const unreadable = (line: string): Problem => ({ problem: 'unreadable', lines: [`--log: ${line}`] })

function decisionOf(entry: JsonObject, broken: readonly string[]): FoundDecision | string {
  const written = requestOf(entry)
  return typeof written === 'string' ? written : { written, capsule: readCapsule(entry), broken }
}

/** The log has the matched forms, without headers, body and values of the query. */
function requestOf({ request, client }: JsonObject): WrittenRequest | string {
  const { method, scheme, host, path = '/' } = isJsonObject(request) ? request : {}
  const parts = [method, scheme, host, path]
  if (!parts.every(part => typeof part === 'string') || !/^[a-z]+$/.test(String(scheme))) {
    return '--from-log: found a decision without its request: log.decisions.mask hides it'
  }
  return {
    method: String(method),
    url: `${scheme}://${host}${escapePath(bytesOf(String(path)))}`,
    ...(typeof client === 'string' ? { address: client } : {}),
  }
}

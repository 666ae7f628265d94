/** Reads one configuration file to a source, or returns what is wrong with it. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { openTextOf } from '../../lib/open-texts.ts'
import { readablePath } from '../../lib/reach.ts'
import { readStableFile } from '../../lib/read-stable-file.ts'
import { describeValue } from '../../lib/schema/describe.ts'
import type { ConfigIssue, Path } from '../issue.ts'
import { parseJsonFile } from './json.ts'
import {
  type Parsed,
  type Position,
  type Positions,
  positionKey,
  type Source,
  type SyntaxProblem,
  syntaxProblem,
} from './source.ts'
import { parseYaml } from './yaml.ts'

type Parse = (source: string) => Parsed | SyntaxProblem | Promise<Parsed | SyntaxProblem>

const parsers: Readonly<Record<string, Parse>> = {
  '.json': parseJsonFile,
  // Few files need this parser.
  '.toml': async source => (await import('./toml.ts')).parseToml(source),
  '.yaml': parseYaml,
  '.yml': parseYaml,
}

/** A configuration may contain inline rules; larger files are refused. */
const maxBytes = 16 * 1024 * 1024
/** Aliases can expand a small file to a huge tree. */
const maxNodes = 100_000
const maxDepth = 100

export interface ReadOptions {
  /** The text of the file `-`. */
  readonly stdin?: string | undefined
  /** The most values of a document. */
  readonly values?: number
}

export async function readSource(
  file: string,
  { stdin, values = maxNodes }: ReadOptions = {},
): Promise<Source | ConfigIssue> {
  const toResult = (parsed: Parsed | SyntaxProblem): Source | ConfigIssue =>
    parsed.kind === 'parsed' ? toSource(file, parsed, values) : issueOf(file, parsed)
  if (file === '-' && stdin !== undefined) return toResult(parseYaml(stdin))
  const extension = extname(file).toLowerCase()
  const parse = Object.hasOwn(parsers, extension) ? parsers[extension] : undefined
  if (parse === undefined) {
    const missing = await missingProblem(file)
    if (missing !== undefined) return issueOf(file, missing)
    const found = extension === '' ? 'a name without ending' : `the ending ${extension}`
    return { file, key: '', found, expected: `one of ${Object.keys(parsers).join(', ')}` }
  }
  const text = await readText(file)
  if (typeof text !== 'string') return issueOf(file, text)
  return toResult(await parse(text))
}

const issueOf = (
  file: string,
  { found, expected, position, isUnreadable }: SyntaxProblem,
): ConfigIssue => ({
  file,
  ...position,
  key: '',
  found,
  expected,
  ...(isUnreadable && { isUnreadable }),
})

/** undefined: there is something with that name. */
async function missingProblem(file: string): Promise<SyntaxProblem | undefined> {
  if (file === '-' || openTextOf(file) !== undefined) return undefined
  try {
    await stat(readablePath(file))
    return undefined
  } catch (error) {
    return unreadable(error)
  }
}

const unreadable = (error: unknown): SyntaxProblem => {
  const problem = syntaxProblem(readErrorText(error), 'a readable file in UTF-8')
  return isSystemError(error) ? { ...problem, isUnreadable: true } : problem
}

async function readText(named: string): Promise<string | SyntaxProblem> {
  const open = openTextOf(named)
  if (open !== undefined) return open
  try {
    const file = readablePath(named)
    const found = await stat(file)
    const { size } = found
    if (size > maxBytes) return syntaxProblem(`${size} bytes`, `at most ${maxBytes}`)
    // A half-written configuration may be valid, and an empty one is.
    const bytes = found.isFile() ? await readStableFile(file, maxBytes) : await readStream(file)
    if (bytes === undefined) return syntaxProblem('more bytes', `at most ${maxBytes}`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    return unreadable(error)
  }
}

/** A pipe or a device, which may never end; undefined: it has too many bytes. */
async function readStream(file: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(file, { end: maxBytes })) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return bytes.length > maxBytes ? undefined : bytes
}

/** The file is missing or closed to us, in contrast to bytes that are not text. */
const isSystemError = (error: unknown): boolean => 'syscall' in (error as object)

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to read it',
  EISDIR: 'a folder',
  ENOENT: 'no such file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'bytes that are not UTF-8',
}

/** What was found in place of a file that can be read. */
export function readErrorText(error: unknown): string {
  const { code } = error as { code?: string }
  return reasons[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
}

/** An empty file is an empty document. */
function toSource(file: string, { value, positions }: Parsed, most: number): Source | ConfigIssue {
  if (value === undefined || value === null) return sourceOf(file, {}, positions)
  if (!isJsonObject(value)) {
    return { file, key: '', found: describeValue(value, []), expected: 'an object of settings' }
  }
  if (isTooLarge(value, most)) {
    const expected = `at most ${most} values and ${maxDepth} levels`
    return { file, key: '', found: 'a larger document', expected }
  }
  return sourceOf(file, value, positions)
}

/** Goes level by level, so that no depth overflows the stack. */
function isTooLarge(root: JsonValue, most: number): boolean {
  let level: readonly JsonValue[] = [root]
  let count = 0
  for (let depth = 0; depth <= maxDepth && count <= most; depth += 1) {
    if (level.length === 0) return false
    count += level.length
    level = level.flatMap(membersOf)
  }
  return true
}

const membersOf = (value: JsonValue): readonly JsonValue[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : []

function sourceOf(file: string, value: JsonObject, positions: Positions): Source {
  const locate = (path: Path): Position | undefined => {
    for (let length = path.length; length > 0; length -= 1) {
      const position = positions.get(positionKey(path.slice(0, length)))
      if (position !== undefined) return position
    }
    return undefined
  }
  return { kind: 'source', file, value, locate }
}

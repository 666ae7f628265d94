/** Go's regular expressions, in linear time. Byte strings in and out. */
import { createRequire } from 'node:module'
import { LRUCache } from 'lru-cache'
import type { RE2JS } from 're2js'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { work } from '../go/rendering.ts'

export interface Found {
  readonly start: number
  readonly end: number
  /** The whole match and its groups; undefined for a group that did not take part. */
  readonly groups: readonly (string | undefined)[]
}

/** An expression with the text that it was compiled from. */
export interface Expression {
  readonly names: Readonly<Record<string, number>>
  readonly program: RE2JS
}

const require = createRequire(import.meta.url)
let library: typeof import('re2js') | undefined

/** Loads the library: for the first template that names a function with expressions, few do. */
export function loadExpressions(): typeof import('re2js') {
  library ??= require('re2js') as typeof import('re2js')
  return library
}

/** A cache: templates have few patterns. A pattern from a request can displace only the oldest entry. */
const compiled = new LRUCache<string, Expression | Error>({ max: 500 })
const longest = 10_000

/** Returns an Error with Go's message when the expression is not valid. */
export function compileExpression(source: string): Expression | Error {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const made = compile(source)
  compiled.set(source, made)
  return made
}

function compile(source: string): Expression | Error {
  if (source.length > longest) return new Error('error parsing regexp: expression too large')
  work(source.length * 10)
  try {
    const program = loadExpressions().RE2JS.compile(textOf(source))
    return { program, names: program.namedGroups() as Readonly<Record<string, number>> }
  } catch (error) {
    return new Error(bytesOf((error as Error).message))
  }
}

/**
 * All non-overlapping matches from left to right, at most `most` (negative: all). An empty match directly after
 * another match does not count. Positions are UTF-16 units.
 */
export function findAll(expression: Expression, text: string, most: number): readonly Found[] {
  const found: Found[] = []
  const matcher = expression.program.matcher(text)
  let at = 0
  let lastEnd = -1
  while (at <= text.length && (most < 0 || found.length < most)) {
    // A search may read all of the remaining text, even for a short match.
    work(100 + (text.length - at) / 20)
    if (!matcher.find(at)) break
    const [start, end] = [matcher.start(), matcher.end()]
    if (start < end || start !== lastEnd) found.push({ start, end, groups: groupsOf(matcher) })
    lastEnd = end
    at = end > at ? end : at + widthAt(text, at)
  }
  work(text.length)
  return found
}

type Matcher = ReturnType<RE2JS['matcher']>

const groupsOf = (matcher: Matcher): readonly (string | undefined)[] =>
  Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)

/** Two surrogates are one character. */
const widthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)

const reference = /\$(?:\$|\{(\w+)\}|(\w+))/g

/** Expands `$1`, `${name}` and `$$` in the replacement; a group that does not exist is empty. */
export function expand(replacement: string, found: Found, { names }: Expression): string {
  if (!replacement.includes('$')) return replacement
  const groupNamed = (name: string): string => {
    const index = /^\d+$/.test(name) ? Number(name) : names[name]
    return index === undefined ? '' : (found.groups[index] ?? '')
  }
  return replacement.replace(reference, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare
    return name === undefined ? '$' : groupNamed(name)
  })
}

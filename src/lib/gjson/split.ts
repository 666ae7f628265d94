/** Splits a GJSON path into its parts. */
import { compileWildcard, type Wildcard } from './wildcard.ts'

export type Part =
  | { readonly kind: 'name'; readonly name: string; readonly matches: Wildcard | undefined }
  | { readonly kind: 'count' }
  | { readonly kind: 'query'; readonly source: string; readonly all: boolean }
  | { readonly kind: 'modifier'; readonly name: string }

export function splitPath(path: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < path.length) {
    const { part, end } = path.startsWith('#(', at) ? queryAt(path, at) : plainAt(path, at)
    parts.push(part)
    if (end < path.length && !isSeparator(path[end]))
      throw new Error(`"${path}" is not a valid path`)
    at = end + 1
  }
  return parts
}

const isSeparator = (character: string | undefined): boolean =>
  character === '.' || character === '|'

interface Found {
  readonly part: Part
  /** The position after the part. */
  readonly end: number
}

/** Reads `#(…)` or `#(…)#`, with brackets and quoted text inside. */
function queryAt(path: string, start: number): Found {
  const at = closingBracket(path, start + 1)
  const all = path[at + 1] === '#'
  const source = path.slice(start + 2, at)
  return { part: { kind: 'query', source, all }, end: all ? at + 2 : at + 1 }
}

/** An escaped character, a quoted text, or one character. */
const piece = /\\.|"(?:\\.|[^"\\])*"|[\s\S]/g

function closingBracket(path: string, start: number): number {
  let depth = 0
  piece.lastIndex = start
  for (let found = piece.exec(path); found !== null; found = piece.exec(path)) {
    if (found[0] === '(') depth++
    if (found[0] === ')') depth--
    if (depth === 0) return found.index
  }
  throw new Error(`"${path}" has an open bracket`)
}

function plainAt(path: string, start: number): Found {
  let end = start
  while (end < path.length && !isSeparator(path[end])) end += path[end] === '\\' ? 2 : 1
  const text = path.slice(start, end)
  if (text === '#') return { part: { kind: 'count' }, end }
  if (text.startsWith('@')) return { part: { kind: 'modifier', name: text.slice(1) }, end }
  return { part: nameOf(text), end }
}

function nameOf(text: string): Part {
  const name = text.replace(/\\(.)/gs, '$1')
  const isPattern = /[*?]/.test(text.replace(/\\./gs, ''))
  return { kind: 'name', name, matches: isPattern ? compileWildcard(text) : undefined }
}

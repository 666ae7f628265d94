import { checkSize } from './size.ts'

const tokens = /"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g

/** What each token of compact JSON adds to the depth, before and behind it. */
const before: Readonly<Record<string, number>> = { ']': -1, '}': -1 }
const behind: Readonly<Record<string, number>> = { '[': 1, '{': 1, ',': 0 }

const lineAt = (depth: number): string => `\n${'  '.repeat(depth)}`

/** Compact JSON with line breaks and two spaces for each level; empty lists and maps stay on one line. */
export function prettyJson(compact: string): string {
  let out = ''
  let depth = 0
  for (const [token] of compact.matchAll(tokens)) {
    const [less, more] = [before[token], behind[token]]
    depth += (less ?? 0) + (more ?? 0)
    const text = token === ':' ? ': ' : token
    const opening = less === undefined ? text : lineAt(depth) + text
    out = checkSize(out + (more === undefined ? opening : opening + lineAt(depth)))
  }
  return out
}

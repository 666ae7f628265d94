import { checkSize } from './size.ts'

const tokens = /"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g

/** How each token of compact JSON changes the depth, before and after it. */
const before: Readonly<Record<string, number>> = { ']': -1, '}': -1 }
const behind: Readonly<Record<string, number>> = { '[': 1, '{': 1, ',': 0 }

const lineAt = (depth: number): string => `\n${'  '.repeat(depth)}`

/** Formats compact JSON with line breaks and two spaces per level; empty lists and maps stay on one line. */
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

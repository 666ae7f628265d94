/** Directives of a Caddyfile, each with those in its block. */
import type { Line } from './lines.ts'

export interface Block {
  readonly line: Line
  readonly words: readonly string[]
  readonly block: readonly Block[]
}

const mostNested = 50

/** Braces that are not balanced end at the end of the file. */
export function blocksOf(lines: readonly Line[]): readonly Block[] {
  const reader = { lines, at: 0 }
  const blocks: Block[] = []
  while (reader.at < lines.length) blocks.push(...readBlocks(reader, 0))
  return blocks
}

interface Reader {
  readonly lines: readonly Line[]
  at: number
}

function readBlocks(reader: Reader, depth: number): readonly Block[] {
  const blocks: Block[] = []
  for (let line = reader.lines[reader.at++]; line !== undefined; line = reader.lines[reader.at++]) {
    if (line.words[0] === '}') return blocks
    const opens = line.words.at(-1) === '{' && depth < mostNested
    const words = opens ? line.words.slice(0, -1) : line.words
    blocks.push({ line, words, block: opens ? readBlocks(reader, depth + 1) : [] })
  }
  return blocks
}

import { checkSize } from '../go/size.ts'

export interface Wrapping {
  /** Columns of a line; less than 1 counts as 1. */
  readonly width: number
  readonly newLine: string
  /** Whether words longer than a line are cut. */
  readonly cutWords: boolean
}

/** Breaks one line at its spaces. */
export function wrap(text: string, { width, newLine, cutWords }: Wrapping): string {
  const columns = Math.max(width, 1)
  const separator = newLine === '' ? '\n' : newLine
  let out = ''
  let offset = 0
  while (text.length - offset > columns) {
    if (text[offset] === ' ') offset++
    else {
      const line = lineAt(text, { offset, columns, cutWords })
      if (line === undefined) break
      out = checkSize(out + text.slice(offset, line.end) + separator)
      offset = line.next
    }
  }
  return out + text.slice(offset)
}

interface Line {
  readonly offset: number
  readonly columns: number
  readonly cutWords: boolean
}

/** The end of the line and the beginning of the next; undefined when the rest is one word. */
function lineAt(
  text: string,
  { offset, columns, cutWords }: Line,
): { end: number; next: number } | undefined {
  const edge = offset + columns
  const before = text.slice(offset, edge + 1).lastIndexOf(' ')
  if (before >= 0) return { end: offset + before, next: offset + before + 1 }
  if (cutWords) return { end: edge, next: edge }
  const space = text.indexOf(' ', edge)
  return space < 0 ? undefined : { end: space, next: space + 1 }
}

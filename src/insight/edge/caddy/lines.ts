/** Lines of a Caddyfile, and the blocks that they open. */
export interface Line {
  readonly words: readonly string[]
  readonly line: number
  readonly column: number
}

export const linesOf = (text: string): readonly Line[] =>
  text.split('\n').flatMap((written, i) => {
    const words = [...written.matchAll(/#.*$|"((?:\\.|[^"\\])*)"|`([^`]*)`|(\S+)/g)]
      .filter(([word]) => !word.startsWith('#'))
      .map(([, double, raw, word]) => double ?? raw ?? word ?? '')
    return words.length === 0 ? [] : [{ words, line: i + 1, column: written.search(/\S/) + 1 }]
  })

/** The lines between the braces of a line. */
export function blockOf(lines: readonly Line[], head: Line): readonly Line[] {
  const from = lines.indexOf(head)
  if (head.words.at(-1) !== '{') return []
  let depth = 1
  const end = lines.findIndex(({ words }, i) => {
    if (i <= from) return false
    depth += words.at(-1) === '{' ? 1 : 0
    depth -= words[0] === '}' ? 1 : 0
    return depth === 0
  })
  return lines.slice(from + 1, end < 0 ? undefined : end)
}

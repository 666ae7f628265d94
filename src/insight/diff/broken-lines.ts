/** Lines of a file that cannot be read, the first of them with their places. */
export interface BrokenLines {
  readonly add: (line: number, found: string) => void
  readonly count: () => number
  /** One line of a report each; the last one counts the rest. */
  readonly report: () => readonly string[]
}

const mostNamed = 20

export function createBrokenLines(file: string, expected: string): BrokenLines {
  const named: string[] = []
  let count = 0
  return {
    add: (line, found) => {
      count += 1
      if (named.length < mostNamed) named.push(`${file}:${line}: found ${found}, ${expected}`)
    },
    count: () => count,
    report: () => {
      const rest = count - named.length
      return rest === 0 ? named : [...named, `${file}: found ${rest} more such lines`]
    },
  }
}

/** A decision log may have lines about other things, but every line is an object of JSON. */
export const brokenLog = (file: string): BrokenLines =>
  createBrokenLines(file, 'expected a line of the decision log')

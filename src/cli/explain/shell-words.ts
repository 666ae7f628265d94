/** Splits a line of a shell into its words, without running anything. */

/** undefined: a quote is not closed. */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let rest = line.replace(/\\\r?\n/g, ' ').trimStart()
  while (rest !== '') {
    const taken = takeWord(rest)
    if (taken === undefined) return undefined
    words.push(taken.word)
    rest = taken.rest.trimStart()
  }
  return words
}

interface Taken {
  readonly word: string
  readonly rest: string
}

const piece = /^(?:'([^']*)'|\$'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]))/s

function takeWord(text: string): Taken | undefined {
  let word = ''
  let rest = text
  while (rest !== '' && !/^\s/.test(rest)) {
    const found = piece.exec(rest)
    if (found === null) return undefined
    const [all, single, ansi, double, escaped, plain] = found
    word += single ?? escaped ?? plain ?? unescapeAnsi(ansi) ?? unescapeDouble(double) ?? ''
    rest = rest.slice(all.length)
  }
  return { word, rest }
}

const unescapeDouble = (text: string | undefined): string | undefined =>
  text?.replace(/\\(["\\$`])/g, '$1')

const ansiEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

const unescapeAnsi = (text: string | undefined): string | undefined =>
  text?.replace(/\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|.)/gs, (_, found: string) =>
    found.length > 1
      ? String.fromCharCode(Number.parseInt(found.slice(1), 16))
      : (ansiEscapes[found] ?? found),
  )

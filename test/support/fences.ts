/** A fenced block of a page: the words after its three backticks, and its text. */
export interface Fence {
  /** `sh` of `sh file=check.sh`. */
  readonly language: string
  /** `file` to `check.sh`; a word without a value becomes an empty string. */
  readonly attributes: ReadonlyMap<string, string>
  /** With a line break at the end. */
  readonly text: string
  /** The line of the three backticks, counted from 1. */
  readonly line: number
}

const fence = /^```([^\n`]*)\n(.*?)^```$/gms

/** The fenced blocks of a page, in order. */
export const fencesIn = (page: string): readonly Fence[] =>
  [...page.matchAll(fence)].map(({ index, 1: info = '', 2: text = '' }) => {
    const [language = '', ...words] = info.trim().split(/\s+/)
    return {
      language,
      attributes: new Map(words.map(attributeOf)),
      text,
      line: page.slice(0, index).split('\n').length,
    }
  })

function attributeOf(word: string): [name: string, value: string] {
  const [name = '', ...value] = word.split('=')
  return [name, value.join('=')]
}

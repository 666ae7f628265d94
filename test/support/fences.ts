/** A fenced block of a page: what stands behind its three ticks, and its text. */
export interface Fence {
  /** `sh` of `sh file=check.sh`. */
  readonly language: string
  /** `file` to `check.sh`; a word without a value gives an empty one. */
  readonly attributes: ReadonlyMap<string, string>
  /** With a line break at its end. */
  readonly text: string
  /** Of the three ticks, from 1. */
  readonly line: number
}

const fence = /^```([^\n`]*)\n(.*?)^```$/gms

/** The fenced blocks of a page, in their order. */
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

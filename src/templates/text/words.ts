/** Snake, kebab and camel case; words are split as huandu/xstrings does. */
import { encodeRune, isLetter, runeAt, runeError, runes } from '../go/utf8.ts'
import { isNumber, isPunct, isSpace, isUpper, lowerRune, upperRune } from './case.ts'

type Kind = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punct' | 'other'

interface Word {
  readonly kind: Kind
  readonly text: string
}

const isConnector = (code: number): boolean => code === 0x2d || code === 0x5f || isSpace(code)

const ideographs: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fcc],
  [0x3400, 0x4d85],
  [0x20000, 0x2b81d],
]

const isAlphabet = (code: number): boolean =>
  isLetter(code) && !ideographs.some(([from, to]) => code >= from && code <= to)

const isOther = (code: number): boolean =>
  !isConnector(code) && !isAlphabet(code) && !isNumber(code) && !isPunct(code)

interface Span {
  readonly code: number
  readonly end: number
}

/** The next rune that is valid UTF-8, with the bytes before it; the previous one when there is no further rune. */
function nextValid(text: string, from: number, before: number): Span {
  let end = from
  while (end < text.length) {
    const { code, size } = runeAt(text, end)
    end += size
    if (code !== runeError) return { code, end }
  }
  return { code: before, end }
}

type Test = (code: number) => boolean

/** The end of a run of such runes. */
function runEnd(text: string, start: Span, test: Test): number {
  let { code, end } = start
  while (end < text.length) {
    const next = nextValid(text, end, code)
    if (!test(next.code)) break
    code = next.code
    end = next.end
  }
  return end
}

const isLowerAlphabet: Test = code => isAlphabet(code) && !isUpper(code)

function upperEnd(text: string, start: Span): number {
  if (start.end >= text.length) return start.end
  const next = nextValid(text, start.end, start.code)
  if (isUpper(next.code)) return capitalsEnd(text, next)
  return isAlphabet(next.code) ? runEnd(text, next, isLowerAlphabet) : start.end
}

/** `HTTPStatus` is `HTTP` and `Status`. */
function capitalsEnd(text: string, second: Span): number {
  let { code, end } = second
  let last = end
  let begin = end - encodeRune(code).length
  while (end < text.length) {
    const next = nextValid(text, end, code)
    code = next.code
    if (!isUpper(code)) return isAlphabet(code) ? begin : end
    begin = end
    last = next.end
    end = last
  }
  return last
}

const runs: readonly (readonly [Kind, Test, Test])[] = [
  ['alphabet', isAlphabet, isLowerAlphabet],
  ['number', isNumber, isNumber],
  ['other', () => true, isOther],
]

const starts: readonly (readonly [Kind, Test])[] = [
  ['connector', isConnector],
  ['punct', isPunct],
]

function wordAt(text: string, from: number): Word & { readonly end: number } {
  if (from >= text.length) return { kind: 'none', text: '', end: from }
  const start = nextValid(text, from, runeError)
  const cut = (kind: Kind, end: number) => ({ kind, text: text.slice(from, end), end })
  if (start.code === runeError) return cut('none', start.end)
  for (const [kind, test] of starts) {
    if (test(start.code)) return cut(kind, runEnd(text, start, test))
  }
  if (isUpper(start.code)) return cut('upper', upperEnd(text, start))
  for (const [kind, test, rest] of runs) {
    if (test(start.code)) return cut(kind, runEnd(text, start, rest))
  }
  return cut('other', start.end)
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = []
  for (let end = 0; end < text.length; ) {
    const word = wordAt(text, end)
    words.push(word)
    end = word.end
  }
  return words
}

function lowered({ kind, text }: Word, connector: string): string {
  if (kind !== 'upper' && kind !== 'connector') return text
  let out = ''
  for (const { code } of runes(text)) {
    out += isConnector(code) ? connector : encodeRune(isUpper(code) ? lowerRune(code) : code)
  }
  return out
}

const noWord: Word = { kind: 'none', text: '' }
const breaks: ReadonlySet<Kind> = new Set(['none', 'punct', 'connector'])
const breaksSoftly: ReadonlySet<Kind> = new Set(['punct', 'connector'])

/** The words, how many of them are joined, and the text so far; numbers are joined to the word before or after them. */
interface Joining {
  readonly words: readonly Word[]
  readonly connector: string
  at: number
  out: string
}

const kindAt = ({ words, at }: Joining): Kind => (words[at] ?? noWord).kind

const isLast = ({ words, at }: Joining): boolean => at >= words.length - 1

function take(joining: Joining): void {
  joining.out += lowered(joining.words[joining.at] ?? noWord, joining.connector)
  joining.at++
}

function connect(joining: Joining, unless: ReadonlySet<Kind>): void {
  if (!unless.has(kindAt(joining))) joining.out += joining.connector
}

function takeRun(joining: Joining): void {
  while (kindAt(joining) === 'alphabet' || kindAt(joining) === 'number') take(joining)
  connect(joining, breaks)
}

/** A number after a word: `bld4_floor`, but `http_2xx`. */
function takeNumber(joining: Joining): void {
  const startsRun = joining.words[joining.at + 1]?.kind === 'alphabet'
  if (startsRun) joining.out += joining.connector
  take(joining)
  if (startsRun) takeRun(joining)
  else connect(joining, breaksSoftly)
}

function step(joining: Joining): void {
  const kind = kindAt(joining)
  take(joining)
  if (kind === 'number') takeRun(joining)
  else if (breaksSoftly.has(kind)) return
  else if (kindAt(joining) !== 'number') connect(joining, breaksSoftly)
  else if (!isLast(joining)) takeNumber(joining)
}

function joined(text: string, connector: string): string {
  const joining: Joining = { words: wordsOf(text), connector, at: 0, out: '' }
  while (!isLast(joining)) step(joining)
  take(joining)
  return joining.out
}

export const toSnakeCase = (text: string): string => joined(text, '_')
export const toKebabCase = (text: string): string => joined(text, '-')

/** `http_server` to `HttpServer`; connectors at the start and double connectors are kept. */
export function toPascalCase(text: string): string {
  const codes = Array.from(runes(text), ({ code }) => code)
  const first = codes.findIndex(code => !isConnector(code))
  if (first < 0) return encoded([...codes, ...codes.slice(-1)])
  const state = { out: codes.slice(0, first), lowers: isUpper(codes[first] ?? 0) }
  let code = upperRune(codes[first] ?? 0)
  for (const next of codes.slice(first + 1)) code = pascalStep(state, code, next)
  return encoded([...state.out, code])
}

const encoded = (codes: readonly number[]): string => codes.map(encodeRune).join('')

interface Pascal {
  readonly out: number[]
  /** The word began with a capital; its other capitals become lower case. */
  lowers: boolean
}

function pascalStep(state: Pascal, before: number, code: number): number {
  if (isConnector(before)) {
    if (isConnector(code)) {
      state.out.push(before)
      return code
    }
    state.lowers = isUpper(code)
    return upperRune(code)
  }
  state.out.push(before)
  if (state.lowers && isUpper(code)) return lowerRune(code)
  state.lowers = false
  return code
}

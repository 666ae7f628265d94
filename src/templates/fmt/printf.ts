/** Go's fmt.Sprintf. */
import { typeName } from '../go/kind.ts'
import { checkSize } from '../go/size.ts'
import { encodeRune, runeAt } from '../go/utf8.ts'
import { go, isGoObject, type Value } from '../go/value.ts'
import { type Flags, noFlags } from './flags.ts'
import { printArgument } from './print-value.ts'

type Draft = { -readonly [K in keyof Flags]: Flags[K] }

interface State {
  readonly format: string
  readonly args: readonly Value[]
  at: number
  argument: number
  /** True once an explicit index `[n]` was used. */
  reordered: boolean
  /** True when the last thing read was an explicit index. */
  afterIndex: boolean
  goodIndex: boolean
  out: string
}

export function sprintf(format: string, args: readonly Value[]): string {
  const state: State = {
    format,
    args,
    at: 0,
    argument: 0,
    reordered: false,
    afterIndex: false,
    goodIndex: true,
    out: '',
  }
  while (copyText(state)) {
    printDirective(state)
    checkSize(state.out)
  }
  return state.reordered ? state.out : state.out + extra(args.slice(state.argument))
}

/** Copies text up to the next `%` and skips it; false at the end. */
function copyText(state: State): boolean {
  const percent = state.format.indexOf('%', state.at)
  state.out += state.format.slice(state.at, percent < 0 ? undefined : percent)
  state.at = percent + 1
  return percent >= 0
}

function printDirective(state: State): void {
  state.goodIndex = true
  state.afterIndex = false
  const flags = readFlags(state)
  readIndex(state)
  readWidth(state, flags)
  readPrecision(state, flags)
  if (!state.afterIndex) readIndex(state)
  state.out += state.at >= state.format.length ? ends(state) : printVerb(state, flags)
}

function ends(state: State): string {
  state.at = state.format.length
  return '%!(NOVERB)'
}

const flagNames: Readonly<Record<string, 'sharp' | 'zero' | 'plus' | 'minus' | 'space'>> = {
  '#': 'sharp',
  '0': 'zero',
  '+': 'plus',
  '-': 'minus',
  ' ': 'space',
}

function readFlags(state: State): Draft {
  const flags: Draft = { ...noFlags }
  for (;;) {
    const name = flagNames[state.format.charAt(state.at)]
    if (name === undefined) return flags
    flags[name] = true
    state.at++
  }
}

/** Reads `[n]`, the index of the next argument. */
function readIndex(state: State): void {
  state.afterIndex = false
  if (state.format[state.at] !== '[') return
  state.reordered = true
  const close = state.format.length - state.at < 3 ? -1 : state.format.indexOf(']', state.at)
  const text = state.format.slice(state.at + 1, close)
  const index = close > 0 && /^\d+$/.test(text) ? limited(text) : undefined
  state.at = close < 0 ? state.at + 1 : close + 1
  const good = index !== undefined && index >= 1 && index <= state.args.length
  if (good) state.argument = index - 1
  else state.goodIndex = false
  state.afterIndex = index !== undefined
}

const maxNumber = 1e6

/** Go refuses widths, precisions and indexes above a million. */
function limited(digits: string): number | undefined {
  const number = Number(digits)
  return Number(digits.slice(0, -1)) > maxNumber ? undefined : number
}

const digitsHere = /\d*/y

/** Reads digits as a number; undefined without any. After a number that is too large nothing more is read, as in Go. */
function readNumber(state: State): number | undefined {
  digitsHere.lastIndex = state.at
  const digits = digitsHere.exec(state.format)?.[0] ?? ''
  if (digits === '') return undefined
  const number = limited(digits)
  state.at = number === undefined ? state.format.length : state.at + digits.length
  return number
}

function readWidth(state: State, flags: Draft): void {
  if (state.format[state.at] === '*') {
    const width = readStar(state)
    if (width === undefined) state.out += '%!(BADWIDTH)'
    if (width !== undefined && width < 0) {
      flags.minus = true
      flags.zero = false
    }
    flags.width = width === undefined ? undefined : Math.abs(width)
    return
  }
  flags.width = readNumber(state)
  if (state.afterIndex && flags.width !== undefined) state.goodIndex = false
}

function readPrecision(state: State, flags: Draft): void {
  if (state.format[state.at] !== '.' || state.at + 1 >= state.format.length) return
  state.at++
  if (state.afterIndex) state.goodIndex = false
  readIndex(state)
  if (state.format[state.at] !== '*') {
    flags.precision = readNumber(state) ?? 0
    return
  }
  const precision = readStar(state)
  flags.precision = precision === undefined || precision < 0 ? undefined : precision
  if (flags.precision === undefined) state.out += '%!(BADPREC)'
}

/** Reads `*`: the next argument is the number; undefined when it is not an int or too large. */
function readStar(state: State): number | undefined {
  state.at++
  state.afterIndex = false
  const value = state.args[state.argument]
  if (state.argument >= state.args.length) return undefined
  state.argument++
  const number = isGoObject(value) && value[go] === 'int' ? Number(value.value) : Number.NaN
  return Math.abs(number) <= maxNumber ? number : undefined
}

function printVerb(state: State, flags: Draft): string {
  const { code, size } = runeAt(state.format, state.at)
  const verb = encodeRune(code)
  state.at += size
  if (verb === '%') return '%'
  if (!state.goodIndex) return `%!${verb}(BADINDEX)`
  if (state.argument >= state.args.length) return `%!${verb}(MISSING)`
  return printArgument(
    state.args[state.argument++],
    verb,
    verb === 'v' || verb === 'w' ? forV(flags) : flags,
  )
}

const forV = (flags: Flags): Flags => ({
  ...flags,
  sharpV: flags.sharp,
  sharp: false,
  plusV: flags.plus,
  plus: false,
})

function extra(args: readonly Value[]): string {
  if (args.length === 0) return ''
  const shown = args.map(arg =>
    arg === null || arg === undefined
      ? '<nil>'
      : `${typeName(arg)}=${printArgument(arg, 'v', noFlags)}`,
  )
  return `%!(EXTRA ${shown.join(', ')})`
}

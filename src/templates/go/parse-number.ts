/** Go's strconv: ParseInt and ParseFloat. */

export interface ParsedInt {
  /** undefined when the text is not a number or does not fit. */
  readonly value: bigint | undefined
  /** The value that Go returns besides the error: the nearest that fits, or 0. */
  readonly nearest: bigint
}

const max = (1n << 63n) - 1n
const min = -(1n << 63n)
const none: ParsedInt = { value: undefined, nearest: 0n }

const digitsOf: Readonly<Record<number, RegExp>> = {
  2: /^[01]+$/,
  8: /^[0-7]+$/,
  10: /^\d+$/,
  16: /^[\da-fA-F]+$/,
}
const prefixes: Readonly<Record<number, string>> = { 2: '0b', 8: '0o', 10: '', 16: '0x' }

/** Base 0 reads the base from the prefix and allows underscores between digits. */
export function parseInt64(text: string, base: 0 | 8 | 10): ParsedInt {
  const unsigned = text.replace(/^[+-]/, '')
  const { digits, radix } = base === 0 ? withPrefix(unsigned) : { digits: unsigned, radix: base }
  if (digits.length > 10_000 || digitsOf[radix]?.test(digits) !== true) {
    return digitsOf[radix]?.test(digits) === true
      ? clamped(text.startsWith('-') ? min - 1n : max + 1n)
      : none
  }
  const magnitude = BigInt((prefixes[radix] ?? '') + digits)
  return clamped(text.startsWith('-') ? -magnitude : magnitude)
}

function clamped(value: bigint): ParsedInt {
  if (value > max) return { value: undefined, nearest: max }
  return value < min ? { value: undefined, nearest: min } : { value, nearest: value }
}

const wellSpaced = /^(?:0[xXbBoO]?_?)?[\da-fA-F]+(?:_[\da-fA-F]+)*$/

function withPrefix(text: string): { digits: string; radix: number } {
  if (text.includes('_') && !wellSpaced.test(text)) return { digits: '', radix: 10 }
  const plain = text.replaceAll('_', '')
  if (!plain.startsWith('0') || plain === '0') return { digits: plain, radix: 10 }
  switch (plain.charAt(1).toLowerCase()) {
    case 'x':
      return { digits: plain.slice(2), radix: 16 }
    case 'b':
      return { digits: plain.slice(2), radix: 2 }
    case 'o':
      return { digits: plain.slice(2), radix: 8 }
    default:
      return { digits: plain.slice(1), radix: 8 }
  }
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const hex = /^([+-]?)0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d+)$/
const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i

/** undefined when the text is not a number or too large. */
export function parseFloat64(text: string): number | undefined {
  const named = special.exec(text)
  if (named !== null) return namedValue(text, named)
  const plain = withoutUnderscores(text)
  const value = decimal.test(plain) ? Number(plain) : hexValue(plain)
  return Number.isFinite(value) ? value : undefined
}

/** Removes underscores, which are allowed between digits and after a prefix. */
function withoutUnderscores(text: string): string {
  if (!text.includes('_')) return text
  const spaced = text.replace(/^([+-]?0[xX])_/, '$1').replace(/([\da-fA-F])_(?=[\da-fA-F])/g, '$1')
  return spaced
}

function namedValue(text: string, [, sign, infinite]: RegExpExecArray): number | undefined {
  if (infinite === undefined) return /^nan$/i.test(text) ? Number.NaN : undefined
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function hexValue(text: string): number {
  const [, sign, whole = '', fraction = '', exponent] = hex.exec(text) ?? []
  const digits = whole + fraction
  if (digits === '') return Number.NaN
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
}

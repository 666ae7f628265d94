import { quoteText } from '../go/quote.ts'
import { unquoteRune } from './unquote.ts'

/** A number literal in all types that can represent it: Go's ideal constants. */
export interface NumberLiteral {
  readonly text: string
  readonly int: bigint | undefined
  readonly float: number | undefined
  /** Its type when the context does not require one. */
  readonly ideal: 'int' | 'float' | 'overflow'
}

const inInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value
const wellSpaced = /^[+-]?(?:0[xXbBoO]_?)?[\da-fA-F]+(?:_[\da-fA-F]+)*$/
const decimalFloat =
  /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/
const hexFloat =
  /^([+-]?)0[xX]_?([\da-fA-F]*(?:_[\da-fA-F]+)*)\.?([\da-fA-F]*(?:_[\da-fA-F]+)*)[pP]([+-]?\d+)$/

/** An integer in any base; undefined when the text is not an integer. */
function parseInteger(text: string): bigint | undefined {
  if (!wellSpaced.test(text)) return undefined
  const digits = text.replaceAll('_', '').replace(/^[+-]/, '')
  const octal = /^0[0-9]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  if (!/^(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.test(octal)) return undefined
  const value = BigInt(octal)
  return text.startsWith('-') ? -value : value
}

function parseFloatLiteral(text: string): number | undefined {
  const hex = hexFloat.exec(text)
  const value =
    hex === null
      ? decimalFloat.test(text)
        ? Number(text.replaceAll('_', ''))
        : Number.NaN
      : hexValue(hex)
  return Number.isFinite(value) ? value : undefined
}

function hexValue([, sign, whole = '', fraction = '', exponent]: RegExpExecArray): number {
  const digits = (whole + fraction).replaceAll('_', '')
  if (digits === '') return Number.NaN
  const places = fraction.replaceAll('_', '').length * 4
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - places)
  return sign === '-' ? -value : value
}

/** The value of a character or number token. Throws an Error with Go's message. */
export function parseNumber(text: string): NumberLiteral {
  if (text.startsWith("'")) return parseCharacter(text)
  if (text.endsWith('i')) throw new Error(`complex constants are not supported: ${quoteText(text)}`)
  const integer = parseInteger(text)
  if (integer !== undefined && inInt64(integer)) return integerLiteral(text, integer)
  const isUint = integer !== undefined && BigInt.asUintN(64, integer) === integer
  if (isUint && !/^[+-]/.test(text)) {
    return { text, int: undefined, float: Number(integer), ideal: 'overflow' }
  }
  return floatLiteral(text, integer)
}

const integerLiteral = (text: string, value: bigint): NumberLiteral => ({
  text,
  int: value,
  float: Number(value),
  ideal: 'int',
})

function floatLiteral(text: string, integer: bigint | undefined): NumberLiteral {
  const float = integer === undefined ? parseFloatLiteral(text) : Number(integer)
  if (float === undefined) throw new Error(`illegal number syntax: ${quoteText(text)}`)
  if (!/[.eEpP]/.test(text)) throw new Error(`integer overflow: ${quoteText(text)}`)
  const whole = Number.isInteger(float) && inInt64(BigInt(float)) ? BigInt(float) : undefined
  return { text, int: whole, float, ideal: 'float' }
}

function parseCharacter(text: string): NumberLiteral {
  const code = unquoteRune(text)
  if (code === 'syntax') throw new Error('invalid syntax')
  if (code === 'malformed') throw new Error(`malformed character constant: ${text}`)
  return integerLiteral(text, BigInt(code))
}

import { type JsonValue, parseJson } from '../../lib/json.ts'
import { jsonFault } from './json-fault.ts'
import { work } from './rendering.ts'
import type { Value } from './value.ts'

/** Matches every JSON text with a number that is too large for a float64. */
const huge = /[eE]|\d{309}/

/** Parses JSON as Go does into an `interface {}`; returns an Error with Go's message. */
export function decodeValue(text: string): Value | Error {
  work(text.length >> 6)
  try {
    const value = parseJson(text)
    const number = huge.test(text) ? infiniteIn(text, value) : undefined
    return number === undefined ? value : new Error(number)
  } catch (error) {
    if (error instanceof SyntaxError) return new Error(jsonFault(text))
    throw error
  }
}

const hasInfinity = (value: JsonValue): boolean => {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasInfinity)
}

function infiniteIn(text: string, value: JsonValue): string | undefined {
  if (!hasInfinity(value)) return undefined
  const tokens = text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/-?\d[\d.eE+-]*/g) ?? []
  const token = tokens.find(number => !Number.isFinite(Number(number))) ?? ''
  return `json: cannot unmarshal number ${token} into Go value of type float64`
}

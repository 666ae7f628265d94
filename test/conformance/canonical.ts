import type { Data } from './types.ts'

/**
 * JSON in one fixed spelling: keys sorted, `, ` and `: ` between, nothing outside ASCII.
 * The recorded lists of calls are in the order of this text, so it must not change.
 */
export function canonical(value: Data, sorted = true): string {
  if (Array.isArray(value)) return `[${value.map(item => canonical(item, sorted)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, item]) => `${ascii(key)}: ${canonical(item, sorted)}`).join(', ')}}`
  }
  return typeof value === 'string' ? ascii(value) : JSON.stringify(value)
}

const ascii = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

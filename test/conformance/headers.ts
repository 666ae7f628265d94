import type { Pair, WrittenHeaders } from './types.ts'

export function toPairs(headers: WrittenHeaders | undefined): Pair[] {
  if (headers === undefined || headers === null) return []
  if (Array.isArray(headers)) return headers.map(([name, value]): Pair => [name, String(value)])
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): Pair => [name, String(one)]),
  )
}

export const firstOf = (headers: readonly Pair[], name: string): string =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? ''

export const hasHeader = (headers: readonly Pair[], name: string): boolean =>
  headers.some(([key]) => key.toLowerCase() === name.toLowerCase())

export const withDefault = (headers: readonly Pair[], pair: Pair): readonly Pair[] =>
  hasHeader(headers, pair[0]) ? headers : [...headers, pair]

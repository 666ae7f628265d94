import { runes } from '../go/utf8.ts'

/** One text for each rune. */
export const splitRunes = (text: string): string[] =>
  Array.from(runes(text), ({ index, size }) => text.slice(index, index + size))

/** Go's strings.SplitN: at most `count` parts, the last one with the remaining text; negative for all. */
export function split(text: string, separator: string, count = -1): readonly string[] {
  if (count === 0) return []
  const parts = separator === '' ? splitRunes(text) : text.split(separator)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

/** Removes characters from both ends. */
import { runes } from '../go/utf8.ts'

const spaces =
  '(?:[\\t-\\r ]|\\xc2[\\x85\\xa0]|\\xe1\\x9a\\x80|\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]|\\xe2\\x81\\x9f|\\xe3\\x80\\x80)'
const leading = new RegExp(`^${spaces}+`)
const last = new RegExp(`${spaces}$`)

/** Removes Unicode white space from both ends. */
export function trimSpace(bytes: string): string {
  let end = bytes.length
  for (;;) {
    const cut = last.exec(bytes.slice(Math.max(end - 3, 0), end))
    if (cut === null) return bytes.slice(0, end).replace(leading, '')
    end -= cut[0].length
  }
}

/** Removes all characters of the set from both ends. */
export function trimSet(bytes: string, set: string): string {
  const codes = new Set(Array.from(runes(set), ({ code }) => code))
  let start: number | undefined
  let end = 0
  for (const { code, size, index } of runes(bytes)) {
    if (codes.has(code)) continue
    start ??= index
    end = index + size
  }
  return start === undefined ? '' : bytes.slice(start, end)
}

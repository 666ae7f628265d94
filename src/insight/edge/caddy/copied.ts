/** Headers that are taken from the answer. */
import type { HeaderList } from '../caller.ts'
import { blockOf, type Line } from './lines.ts'

export interface Within {
  readonly lines: readonly Line[]
  readonly own: readonly Line[]
  readonly check: Line
}

/** `copy_headers`, or a line that removes the header before the check and one that sets it from the answer. */
export function copied({ lines, own, check }: Within, at: HeaderList['at']): HeaderList {
  const listed = copyHeaders(own)
  const headers = lines
    .filter(({ words }) => words[0] === 'request_header')
    .map(({ words, line }) => ({
      name:
        words.find(
          word => /^-?X|^-?[A-Z]/i.test(word) && word !== 'request_header' && !word.startsWith('@'),
        ) ?? '',
      words,
      line,
    }))
  const removes = (name: string): boolean =>
    headers.some(one => one.line < check.line && one.name.toLowerCase() === `-${name}`)
  const sets = (name: string): boolean =>
    headers.some(
      one =>
        one.name.toLowerCase() === name &&
        one.words.some(word => /reverse_proxy\.header\./.test(word)),
    )
  return { at, test: name => listed.has(name) || (removes(name) && sets(name)) }
}

/** `A>B` copies A as B. */
function copyHeaders(own: readonly Line[]): ReadonlySet<string> {
  const head = own.find(({ words }) => words[0] === 'copy_headers')
  if (head === undefined) return new Set()
  const inline = head.words.slice(1).filter(word => word !== '{')
  const below = blockOf(own, head).map(({ words }) => words.join(''))
  return new Set([...inline, ...below].map(word => (word.split('>')[1] ?? word).toLowerCase()))
}

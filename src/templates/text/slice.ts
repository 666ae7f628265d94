/** Parts of texts in bytes, with the messages of Go's runtime. */
import { callError } from '../go/call-error.ts'

const outOfRange = (what: string): Error =>
  callError(`runtime error: slice bounds out of range ${what}`)

/** text[start:end] */
export function sliceBytes(
  text: string,
  start: number | undefined,
  end: number | undefined,
): string {
  const { length } = text
  const to = end ?? length
  if (to < 0) throw outOfRange(`[:${to}]`)
  if (to > length) throw outOfRange(`[:${to}] with length ${length}`)
  const from = start ?? 0
  if (from < 0) throw outOfRange(`[${from}:]`)
  if (from > to) throw outOfRange(`[${from}:${to}]`)
  return text.slice(from, to)
}

/** A negative start means the beginning; a negative end, or one after the text, means the end. */
export function substring(start: number, end: number, text: string): string {
  if (start < 0) return sliceBytes(text, undefined, end)
  return sliceBytes(text, start, end < 0 || end > text.length ? undefined : end)
}

/** The first bytes, or the last ones for a negative count. */
export function truncate(count: number, text: string): string {
  if (count < 0) return text.length + count > 0 ? text.slice(text.length + count) : text
  return text.slice(0, count)
}

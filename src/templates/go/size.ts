import { callError } from './call-error.ts'

/** What a template may print, and the longest text that a function may make: 1 MiB. */
export const maxText = 1 << 20

/** Throws when a text has become too long. */
export function checkSize(text: string): string {
  if (text.length > maxText) throw callError('output is larger than 1 MiB')
  return text
}

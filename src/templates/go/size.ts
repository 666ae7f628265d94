import { callError } from './call-error.ts'

/** The longest output of a template and the longest result of a function: 1 MiB. */
export const maxText = 1 << 20

/** Throws when a text is too long. */
export function checkSize(text: string): string {
  if (text.length > maxText) throw callError('output is larger than 1 MiB')
  return text
}

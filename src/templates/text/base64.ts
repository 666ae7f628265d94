/** Go's base64.StdEncoding: line breaks are skipped, padding is required. */

export const encodeBase64 = (bytes: string): string =>
  Buffer.from(bytes, 'latin1').toString('base64')

const corrupt = (index: number): Error => new Error(`illegal base64 data at input byte ${index}`)

const wellFormed = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const digit = /^[A-Za-z0-9+/]$/

/** Returns the bytes, or an Error with the position of the mistake. */
export function decodeBase64(text: string): string | Error {
  const plain = text.replace(/[\r\n]/g, '')
  if (wellFormed.test(plain)) return Buffer.from(plain, 'base64').toString('latin1')
  return corrupt(faultIn(text))
}

const isBreak = (character: string | undefined): boolean => character === '\r' || character === '\n'

function skipBreaks(text: string, from: number): number {
  let at = from
  while (isBreak(text[at])) at++
  return at
}

/** The position at which Go's decoder stops. */
function faultIn(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (isBreak(character)) continue
    if (!digit.test(character)) return character === '=' ? faultInPadding(text, at, count % 4) : at
    count++
  }
  return text.length - (count % 4)
}

function faultInPadding(text: string, at: number, digits: number): number {
  if (digits < 2) return at
  if (digits === 3) return skipBreaks(text, at + 1)
  const next = skipBreaks(text, at + 1)
  if (next === text.length) return next
  return text[next] === '=' ? skipBreaks(text, next + 1) : next - 1
}

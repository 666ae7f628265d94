/** Go's base32.StdEncoding. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const padding: readonly number[] = [0, 6, 4, 3, 1]

export function encodeBase32(bytes: string): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 5) {
    const group = bytes.slice(at, at + 5)
    let bits = 0n
    for (let i = 0; i < 5; i++) bits = (bits << 8n) | BigInt(group.charCodeAt(i) || 0)
    const missing = padding[group.length % 5] ?? 0
    for (let i = 7; i >= missing; i--) out += alphabet[Number((bits >> BigInt(5 * i)) & 31n)]
    out += '='.repeat(missing)
  }
  return out
}

const corrupt = (index: number): Error => new Error(`illegal base32 data at input byte ${index}`)

/** Returns the bytes, or an Error with the position of the mistake, not counting line breaks. */
export function decodeBase32(text: string): string | Error {
  const plain = text.replace(/[\r\n]/g, '')
  let out = ''
  for (let at = 0; at < plain.length; at += 8) {
    const digits = digitsAt(plain, at)
    if (digits < 0) return corrupt(-1 - digits)
    out += decodeGroup(plain.slice(at, at + digits))
    if (digits < 8) break
  }
  return out
}

/** The number of digits before the padding; a negative result is -1 minus the position of the mistake. */
function digitsAt(text: string, at: number): number {
  for (let j = 0; j < 8; j++) {
    const index = at + j
    if (index === text.length) return -1 - (index - j)
    const left = text.length - index - 1
    if (text[index] === '=' && j >= 2 && left < 8) return beforePadding(text, index, j)
    if (!alphabet.includes(text.charAt(index))) return -1 - index
  }
  return 8
}

function beforePadding(text: string, index: number, digits: number): number {
  const left = text.length - index - 1
  if (left + digits < 7) return -1 - text.length
  for (let k = 0; k < 7 - digits; k++) {
    if (left > k && text[index + 1 + k] !== '=') return -1 - (index + k)
  }
  return digits === 3 || digits === 6 ? -1 - index : digits
}

function decodeGroup(digits: string): string {
  let bits = 0n
  for (let i = 0; i < 8; i++) {
    bits = (bits << 5n) | BigInt(i < digits.length ? alphabet.indexOf(digits.charAt(i)) : 0)
  }
  const bytes = Math.floor((digits.length * 5) / 8)
  let out = ''
  for (let i = 0; i < bytes; i++) {
    out += String.fromCharCode(Number((bits >> BigInt(32 - 8 * i)) & 0xffn))
  }
  return out
}

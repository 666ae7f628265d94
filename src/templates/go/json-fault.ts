/** Explains with the messages of Go's encoding/json why a text is not JSON. */

const ended = 'unexpected end of JSON input'

/** A position in the text; `fault` is set at the first mistake. */
interface Scan {
  readonly text: string
  at: number
  depth: number
  fault: string | undefined
}

const maxDepth = 10_000

export function jsonFault(text: string): string {
  const scan: Scan = { text, at: 0, depth: 0, fault: undefined }
  readValue(scan, 'looking for beginning of value')
  skipSpace(scan)
  if (scan.fault === undefined && scan.at < text.length) unexpected(scan, 'after top-level value')
  return scan.fault ?? ended
}

function skipSpace(scan: Scan): void {
  while (/[ \t\r\n]/.test(scan.text.charAt(scan.at))) scan.at++
}

function unexpected(scan: Scan, context: string): void {
  if (scan.fault !== undefined) return
  // Go's scanner marks the end with a space, which is an error only inside an unfinished value.
  const character = scan.text.charAt(scan.at) || (halfRead.test(context) ? ' ' : '')
  scan.fault = character === '' ? ended : `invalid character ${shown(character)} ${context}`
}

const halfRead = /^(?:in (?!string literal)|after decimal point)/

/** Quotes one byte as a character, as Go does. */
function shown(character: string): string {
  if (character === "'") return `'\\''`
  if (character === '"') return `'"'`
  if (character === '\\') return `'\\\\'`
  const code = character.charCodeAt(0)
  if (code >= 0x20 && code < 0x7f) return `'${character}'`
  return `'${controls[character] ?? beyondAscii(code)}'`
}

const controls: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function beyondAscii(code: number): string {
  const unprintable = code < 0x80 || code === 0xad || (code >= 0x80 && code <= 0xa0)
  const digits = code.toString(16)
  if (unprintable) return code < 0x80 ? `\\x${digits.padStart(2, '0')}` : `\\u00${digits}`
  return Buffer.from(String.fromCharCode(code), 'utf8').toString('latin1')
}

function readValue(scan: Scan, context: string): void {
  skipSpace(scan)
  const character = scan.text.charAt(scan.at)
  if (character === '{') readMembers(scan)
  else if (character === '[') readItems(scan)
  else if (character === '"') readString(scan)
  else if (/[-0-9]/.test(character)) readNumber(scan)
  else if (/[tfn]/.test(character)) readWord(scan)
  else unexpected(scan, context)
}

function entered(scan: Scan): boolean {
  scan.at++
  scan.depth++
  if (scan.depth > maxDepth) scan.fault = 'exceeded max depth'
  skipSpace(scan)
  return scan.fault === undefined
}

function closes(scan: Scan, bracket: string): boolean {
  if (scan.text[scan.at] !== bracket) return false
  scan.at++
  scan.depth--
  return true
}

function readItems(scan: Scan): void {
  if (!entered(scan) || closes(scan, ']')) return
  while (scan.fault === undefined) {
    readValue(scan, 'looking for beginning of value')
    skipSpace(scan)
    if (scan.fault !== undefined || closes(scan, ']')) return
    expect(scan, ',', 'after array element')
  }
}

function expect(scan: Scan, character: string, context: string): void {
  if (scan.text[scan.at] === character) scan.at++
  else unexpected(scan, context)
}

function readMembers(scan: Scan): void {
  if (!entered(scan) || closes(scan, '}')) return
  while (scan.fault === undefined) {
    readMember(scan)
    skipSpace(scan)
    if (scan.fault !== undefined || closes(scan, '}')) return
    expect(scan, ',', 'after object key:value pair')
  }
}

function readMember(scan: Scan): void {
  skipSpace(scan)
  if (scan.text[scan.at] === '"') readString(scan)
  else unexpected(scan, 'looking for beginning of object key string')
  skipSpace(scan)
  if (scan.fault === undefined) expect(scan, ':', 'after object key')
  if (scan.fault === undefined) readValue(scan, 'looking for beginning of value')
}

function readString(scan: Scan): void {
  for (scan.at++; scan.fault === undefined; scan.at++) {
    const character = scan.text.charAt(scan.at)
    if (character === '"') {
      scan.at++
      return
    }
    if (character === '\\') readEscape(scan)
    else if (character === '' || character < ' ') unexpected(scan, 'in string literal')
  }
}

function readEscape(scan: Scan): void {
  scan.at++
  const character = scan.text.charAt(scan.at)
  if (character !== 'u') {
    if (character === '' || !'bfnrt\\/"'.includes(character)) {
      unexpected(scan, 'in string escape code')
    }
    return
  }
  for (let i = 0; i < 4 && scan.fault === undefined; i++) {
    scan.at++
    if (!/[0-9a-fA-F]/.test(scan.text.charAt(scan.at))) {
      unexpected(scan, 'in \\u hexadecimal character escape')
    }
  }
}

function readWord(scan: Scan): void {
  const word = { t: 'true', f: 'false', n: 'null' }[scan.text.charAt(scan.at)] ?? ''
  for (let i = 1; i < word.length && scan.fault === undefined; i++) {
    scan.at++
    if (scan.text[scan.at] !== word[i]) {
      unexpected(scan, `in literal ${word} (expecting '${word[i]}')`)
    }
  }
  scan.at++
}

function skipDigits(scan: Scan, context: string): void {
  if (!/[0-9]/.test(scan.text.charAt(scan.at))) unexpected(scan, context)
  while (/[0-9]/.test(scan.text.charAt(scan.at))) scan.at++
}

function readNumber(scan: Scan): void {
  if (scan.text[scan.at] === '-') scan.at++
  if (scan.text[scan.at] === '0') scan.at++
  else skipDigits(scan, 'in numeric literal')
  if (scan.fault === undefined && scan.text[scan.at] === '.') {
    scan.at++
    skipDigits(scan, 'after decimal point in numeric literal')
  }
  if (scan.fault === undefined && /[eE]/.test(scan.text.charAt(scan.at))) {
    scan.at++
    if (/[+-]/.test(scan.text.charAt(scan.at))) scan.at++
    skipDigits(scan, 'in exponent of numeric literal')
  }
}

/**
 * Detects the type of a body from its first bytes, with the result of Go's http.DetectContentType (its part of the
 * WHATWG MIME Sniffing Standard). Used for answers without a Content-Type.
 */

/** Stands for any byte. */
const any = '.'

type Signature = readonly [start: string, type: string]

const text = 'text/plain; charset=utf-8'
const html = 'text/html; charset=utf-8'

const htmlTags = [
  '<!DOCTYPE HTML',
  '<HTML',
  '<HEAD',
  '<SCRIPT',
  '<IFRAME',
  '<H1',
  '<DIV',
  '<FONT',
  '<TABLE',
  '<A',
  '<STYLE',
  '<TITLE',
  '<B',
  '<BODY',
  '<BR',
  '<P',
  '<!--',
]

const signatures: readonly Signature[] = [
  ['%PDF-', 'application/pdf'],
  ['%!PS-Adobe-', 'application/postscript'],
  ['\xfe\xff..', 'text/plain; charset=utf-16be'],
  ['\xff\xfe..', 'text/plain; charset=utf-16le'],
  ['\xef\xbb\xbf.', text],
  ['\x00\x00\x01\x00', 'image/x-icon'],
  ['\x00\x00\x02\x00', 'image/x-icon'],
  ['BM', 'image/bmp'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF....WEBPVP', 'image/webp'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['FORM....AIFF', 'audio/aiff'],
  ['ID3', 'audio/mpeg'],
  ['OggS\x00', 'application/ogg'],
  ['MThd\x00\x00\x00\x06', 'audio/midi'],
  ['RIFF....AVI ', 'video/avi'],
  ['RIFF....WAVE', 'audio/wave'],
  ['\x1a\x45\xdf\xa3', 'video/webm'],
  [`${any.repeat(34)}LP`, 'application/vnd.ms-fontobject'],
  ['\x00\x01\x00\x00', 'font/ttf'],
  ['OTTO', 'font/otf'],
  ['ttcf', 'font/collection'],
  ['wOFF', 'font/woff'],
  ['wOF2', 'font/woff2'],
  ['\x1f\x8b\x08', 'application/x-gzip'],
  ['PK\x03\x04', 'application/zip'],
  ['Rar!\x1a\x07\x00', 'application/x-rar-compressed'],
  ['Rar!\x1a\x07\x01\x00', 'application/x-rar-compressed'],
  ['\x00asm', 'application/wasm'],
]

const mostBytes = 512
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control bytes
const binary = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/

export function detectContentType(start: Buffer): string {
  const bytes = start.toString('latin1', 0, Math.min(start.length, mostBytes))
  const body = bytes.replace(/^[\t\n\f\r ]+/, '')
  if (isHtml(body)) return html
  if (body.startsWith('<?xml')) return 'text/xml; charset=utf-8'
  const known = signatures.find(([signature]) => begins(bytes, signature))
  if (known) return known[1]
  if (isMp4(start)) return 'video/mp4'
  return binary.test(bytes) ? 'application/octet-stream' : text
}

/** True for a known tag that is followed by a space or `>`. */
function isHtml(body: string): boolean {
  if (!body.startsWith('<')) return false
  const upper = body.slice(0, 16).toUpperCase()
  return htmlTags.some(tag => upper.startsWith(tag) && /^[ >]$/.test(body[tag.length] ?? ''))
}

function begins(bytes: string, signature: string): boolean {
  if (bytes.length < signature.length) return false
  for (let i = 0; i < signature.length; i += 1) {
    if (signature[i] !== any && signature[i] !== bytes[i]) return false
  }
  return true
}

/** True when the first box is `ftyp` and has a brand of MP4; the fourth word is the minor version. */
function isMp4(start: Buffer): boolean {
  if (start.length < 12 || start.toString('latin1', 4, 8) !== 'ftyp') return false
  const size = start.readUInt32BE(0)
  if (size % 4 !== 0 || size > Math.min(start.length, mostBytes)) return false
  for (let at = 8; at < size; at += 4) {
    if (at !== 12 && start.toString('latin1', at, at + 3) === 'mp4') return true
  }
  return false
}

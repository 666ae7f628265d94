/**
 * The canonical form of a path, which is matched with rules: percent-decoded once as UTF-8, then cleaned like Go's
 * path.Clean (without dot segments, `//` and the trailing slash; never above `/`; empty stays empty).
 *
 * Takes and returns byte strings. `undefined`: not safe to match, answer 400. The path has a control byte or a
 * backslash (raw or escaped), a malformed escape, bytes that are not UTF-8, a raw `#`, a dot segment with a
 * parameter (`..;x`), or is not empty and has no leading slash.
 */
import { isUtf8 } from '../../lib/bytes.ts'
import { cleanPath, decodeKeepingSlashes } from '../../lib/url-path.ts'

/** Paths that decoding and cleaning do not change: segments of unescaped characters without a leading dot. */
const alreadyClean = /^(?:\/[\w~!$&'()*+,;:@=-][\w~!$&'()*+,;:@=.-]*)+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control bytes
const refusedByte = /[\0-\x1f\x7f\\]/
const malformedEscape = /%(?![0-9A-Fa-f]{2})/
const escaped = /%([0-9A-Fa-f]{2})/g
const dotSegmentWithParameter = /(?:^|\/)\.{1,2};/
const dotSegment = /(?:^|\/)\.{1,2}(?=[;/]|$)/
const escapedSlash = /%(?:2[Ff]|5[Cc])/

/** The path of a request line or of a CheckRequest. */
export function canonicalPath(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  if (raw.includes('#') || malformedEscape.test(raw)) return undefined
  return cleanSafe(decode(raw))
}

/**
 * The same where `%2F` and `%5C` stay escapes (in upper case): programs differ in whether they separate segments.
 * `undefined` also for a path that is another one if they do: one with a dot segment between such separators. And for
 * a path in which decoding makes a text that looks like such an escape.
 */
export function canonicalPathWithSlashes(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  if (raw.includes('#') || malformedEscape.test(raw)) return undefined
  const decoded = decodeUnambiguous(raw)
  return decoded === undefined ? undefined : cleanSafe(decoded)
}

/** Decodes all but `%2F` and `%5C`; undefined when programs could find different segments. */
function decodeUnambiguous(raw: string): string | undefined {
  const decoded = decodeKeepingSlashes(raw)
  if (decoded === undefined || !escapedSlash.test(decoded)) return decoded
  return dotSegment.test(decoded.replace(/%(?:2F|5C)/g, '/')) ? undefined : decoded
}

/**
 * The path of `X-Forwarded-Uri`, which is matched with its escapes and where `#` is text. Escaped letters, digits,
 * `-`, `_` and `~` are decoded. An escaped dot, slash, backslash or control byte could hide a segment from the
 * cleaning: `undefined`. So could a `#`, where some servers end the path: with one, the path must be clean already.
 */
export function canonicalForwardedPath(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  if (escapedSlash.test(raw)) return undefined
  return cleanForwarded(raw, decode)
}

/** The same where `%2F` and `%5C` stay escapes, with the conditions of `canonicalPathWithSlashes`. */
export function canonicalForwardedPathWithSlashes(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  return cleanForwarded(raw, decodeUnambiguous)
}

function cleanForwarded(
  raw: string,
  decoding: (raw: string) => string | undefined,
): string | undefined {
  if (malformedEscape.test(raw) || /%2[Ee]/.test(raw)) return undefined
  const decoded = decoding(raw)
  if (decoded === undefined || refusedByte.test(decoded) || !isUtf8(decoded)) return undefined
  if (dotSegmentWithParameter.test(decoded)) return undefined
  const kept = raw.replace(escaped, keepUnlessUnreserved)
  const clean = cleanSafe(kept)
  return clean !== kept && raw.includes('#') ? undefined : clean
}

/** Splits a target at its first `?`; `query` is undefined without a `?`. */
export function splitTarget(target: string): { readonly path: string; readonly query?: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Percent-decodes once; the caller has excluded malformed escapes. */
export const decode = (raw: string): string =>
  raw.includes('%')
    ? raw.replace(escaped, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : raw

function cleanSafe(path: string): string | undefined {
  if (refusedByte.test(path) || !path.startsWith('/') || !isUtf8(path)) return undefined
  return dotSegmentWithParameter.test(path) ? undefined : cleanPath(path)
}

function keepUnlessUnreserved(sequence: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16))
  if (/[A-Za-z0-9_~-]/.test(character)) return character
  return escapedSlash.test(sequence) ? sequence.toUpperCase() : sequence
}

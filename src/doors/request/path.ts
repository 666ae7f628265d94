/**
 * The one canonical form of a path, which rules are matched with: percent-decoded once as UTF-8, then
 * cleaned like Go's path.Clean (dot segments, `//` and the trailing slash go; never above `/`; empty stays empty).
 *
 * Takes and gives byte strings. `undefined` means: cannot be judged safely, answer 400. That is a control
 * byte or a backslash (raw or escaped), a malformed escape, bytes that are no UTF-8, a raw `#`, a dot
 * segment with a parameter (`..;x`), and a non-empty path without a leading slash.
 */
import { isUtf8 } from '../../lib/bytes.ts'
import { cleanPath } from '../../lib/url-path.ts'

/** Segments of harmless characters that do not start with a dot: decoding and cleaning change nothing. */
const alreadyClean = /^(?:\/[\w~!$&'()*+,;:@=-][\w~!$&'()*+,;:@=.-]*)+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what is refused
const refusedByte = /[\0-\x1f\x7f\\]/
const malformedEscape = /%(?![0-9A-Fa-f]{2})/
const escaped = /%([0-9A-Fa-f]{2})/g
const dotSegmentWithParameter = /(?:^|\/)\.{1,2};/

/** The path of a request line or of a CheckRequest. */
export function canonicalPath(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  if (raw.includes('#') || malformedEscape.test(raw)) return undefined
  return cleanSafe(decode(raw))
}

/**
 * The path of `X-Forwarded-Uri`, which keeps its escapes for matching and where `#` is text. Escapes of
 * letters, digits, `-`, `_` and `~` mean the same as these characters and are decoded; an escaped dot,
 * slash, backslash or control byte would hide a segment from cleaning and is refused.
 */
export function canonicalForwardedPath(raw: string): string | undefined {
  if (alreadyClean.test(raw)) return raw
  if (raw === '') return raw
  if (malformedEscape.test(raw) || /%(?:2[EeFf]|5[Cc])/.test(raw)) return undefined
  const decoded = decode(raw)
  if (refusedByte.test(decoded) || !isUtf8(decoded) || dotSegmentWithParameter.test(decoded)) {
    return undefined
  }
  return cleanSafe(raw.replace(escaped, keepUnlessUnreserved))
}

/** Splits a target at its first `?`; `query` is undefined when there is none. */
export function splitTarget(target: string): { readonly path: string; readonly query?: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Percent-decodes once; the caller has refused malformed escapes. */
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
  return /[A-Za-z0-9_~-]/.test(character) ? character : sequence
}

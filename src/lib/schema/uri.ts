/**
 * URIs as Oathkeeper accepts them: anything that parses as a URL, with any scheme (`file://rel.json`,
 * `inline://x`, `mailto:x`), never with a backslash.
 */
const uri = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/([^/?#]*))?(.*)$/s

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const unfit = /[\\\0-\x1f\x7f]/
const badEscape = /%(?![0-9A-Fa-f]{2})/

/** A user part, then a name or a bracketed address, then a port. */
const authority =
  /^(?:[^@\s]*@)?(?:\[[0-9A-Fa-f:.]+(?:%25[^\]]+)?\]|(?:(?!%(?!25)[0-7])[^[\]:@\s^`{|}\\])*)(?::\d*)?$/

export function isUri(text: string): boolean {
  const [whole, host = '', rest = ''] = uri.exec(text) ?? []
  return whole !== undefined && !unfit.test(text) && authority.test(host) && isRest(rest)
}

/** True for a URI or a relative reference: `/login`, `login?x=1`, `//host/x`, or nothing. */
export function isUriReference(text: string): boolean {
  if (isUri(text)) return true
  if (unfit.test(text)) return false
  const [, host, rest = ''] = /^(?:\/\/([^/?#]*))?(.*)$/s.exec(text) ?? []
  const firstSegment = rest.split(/[/?#]/, 1)[0] ?? ''
  return (host === undefined || authority.test(host)) && !firstSegment.includes(':') && isRest(rest)
}

/** Only the path and the fragment must decode; the query is not checked. */
function isRest(rest: string): boolean {
  const [before = '', fragment = ''] = rest.split('#', 2)
  return !badEscape.test(before.split('?', 1)[0] ?? '') && !badEscape.test(fragment)
}

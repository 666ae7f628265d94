/** The host and the path of a URL pattern, as they are written. */
import { isProblem } from '../../rules/matching/problem.ts'
import { splitPattern } from '../../rules/matching/split.ts'

export interface SplitUrl {
  readonly scheme: string
  readonly host: string
  readonly path: string
}

/** A pattern without `://` as text may match anything: it is all path. */
export function splitUrl(source: string): SplitUrl {
  const start = findText(source, '://', 0)
  if (start < 0) return { scheme: '', host: '*', path: source }
  const host = start + '://'.length
  const slash = findText(source, '/', host)
  const end = slash < 0 ? endOfHost(source, host) : slash
  return { scheme: source.slice(0, start), host: source.slice(host, end), path: source.slice(end) }
}

/** Without a slash in its text, an expression behind a fixed host begins the path. */
function endOfHost(source: string, from: number): number {
  const expression = source.indexOf('<', from)
  return expression > from ? expression : source.length
}

/** Where the text stands outside of `<…>`; -1: nowhere. */
function findText(source: string, text: string, from: number): number {
  const pieces = splitPattern(source)
  if (isProblem(pieces)) return -1
  for (const piece of pieces) {
    if (piece.kind === 'expression') continue
    const at = piece.text.indexOf(text, Math.max(0, from - piece.at))
    if (at >= 0 && piece.at + at >= from) return piece.at + at
  }
  return -1
}

/** The parts of a URL pattern: scheme, host and path where its literal text divides them. */
import { textOf } from '../../lib/bytes.ts'
import type { Match } from '../../rules/definition.ts'
import type { Node } from '../../rules/matching/node.ts'
import { parseParts } from '../../rules/matching/parts.ts'
import { parsePattern, parseText } from '../../rules/matching/pattern.ts'
import { isProblem, type Strategy } from '../../rules/matching/problem.ts'
import { splitPattern } from '../../rules/matching/split.ts'

export type UrlPart = 'scheme' | 'host' | 'path' | 'url'

/** One part of a pattern; a request has it where one of the expressions matches all of that part of its URL. */
export interface PatternPart {
  readonly part: UrlPart
  /** As written. */
  readonly source: string
  readonly nodes: readonly Node[]
  /** The expressions are for the whole URL, in which other parts are free. */
  readonly isWhole: boolean
}

/** undefined: the match cannot be used as written. */
export function urlParts(
  match: Exclude<Match, { kind: 'invalid' }>,
  strategy: Strategy,
): readonly PatternPart[] | undefined {
  if (match.kind === 'parts') {
    const { schemes, hosts, paths } = match
    const parts = [listPart('scheme', schemes), listPart('host', hosts), listPart('path', paths)]
    return parts.includes(undefined) ? undefined : (parts as readonly PatternPart[])
  }
  const source =
    match.kind === 'url'
      ? textOf(match.url)
      : textOf(`rpc://${match.authority}/${match.fullMethod}`)
  const whole = parsePattern(source, strategy)
  if (isProblem(whole)) return undefined
  return partsOfSource(source, strategy) ?? [{ part: 'url', source, nodes: [whole], isWhole: true }]
}

type Listed = 'scheme' | 'host' | 'path'

/** The expressions of one list: each is for the whole URL, with anything in place of the other lists. */
function listPart(part: Listed, list: readonly string[] | null): PatternPart | undefined {
  const any = { schemes: null, hosts: null, paths: null }
  const key = `${part}s` as const
  const pairs = parseParts({ ...any, [key]: list?.map(textOf) ?? null })
  if (isProblem(pairs)) return undefined
  const source = list === null ? 'any' : list.map(textOf).join(', ')
  return { part, source, nodes: pairs.map(({ node }) => node), isWhole: true }
}

function partsOfSource(source: string, strategy: Strategy): readonly PatternPart[] | undefined {
  const cuts = cutsOf(source)
  if (cuts === undefined) return undefined
  const [scheme, host, path] = [
    source.slice(0, cuts.scheme),
    source.slice(cuts.scheme + separator.length, cuts.host),
    source.slice(cuts.host),
  ] as const
  const parts = [
    patternPart('scheme', scheme, strategy),
    patternPart('host', host, strategy),
    patternPart('path', path, strategy),
  ]
  return parts.includes(undefined) ? undefined : (parts as readonly PatternPart[])
}

function patternPart(part: UrlPart, source: string, strategy: Strategy): PatternPart | undefined {
  // Hosts are compared in lower case.
  const text = part === 'host' ? lowerLiterals(source) : source
  const node = parseText(text, strategy)
  return isProblem(node) ? undefined : { part, source, nodes: [node], isWhole: false }
}

const separator = '://'

/** Where the scheme and the host end; undefined where an expression may go over such an end. */
function cutsOf(source: string): { readonly scheme: number; readonly host: number } | undefined {
  const literal = maskExpressions(source)
  const scheme = literal.indexOf(separator)
  if (scheme < 0) return undefined
  const host = literal.indexOf('/', scheme + separator.length)
  return host < 0 ? undefined : { scheme, host }
}

/** The source with a character that is in no URL in place of each one inside `<...>`. */
function maskExpressions(source: string): string {
  const pieces = splitPattern(source)
  if ('kind' in pieces) return source
  return pieces
    .map(({ kind, text }) => (kind === 'literal' ? text : `<${'\0'.repeat(text.length)}>`))
    .join('')
}

function lowerLiterals(source: string): string {
  const mask = maskExpressions(source)
  return source.replace(/[A-Z]/g, (letter, at: number) =>
    mask[at] === '\0' ? letter : letter.toLowerCase(),
  )
}

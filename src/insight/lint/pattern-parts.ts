/** The pieces of a URL pattern, each with the part of the URL that it stands in. */
import { textOf } from '../../lib/bytes.ts'
import { createMemory } from '../../lib/remember.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import { parseGlob } from '../../rules/matching/glob.ts'
import type { Node } from '../../rules/matching/node.ts'
import { empty } from '../../rules/matching/node.ts'
import { isProblem, type Strategy } from '../../rules/matching/problem.ts'
import { parseExpression } from '../../rules/matching/regexp/parse.ts'
import { type Piece, splitPattern } from '../../rules/matching/split.ts'

export interface Part {
  /** `unknown`: the pattern has no literal `://`. */
  readonly region: 'scheme' | 'host' | 'path' | 'unknown'
  readonly kind: Piece['kind']
  readonly text: string
}

/** undefined: the rule has no URL pattern. */
export function urlOf({ match }: RuleDefinition): string | undefined {
  return match?.kind === 'url' ? textOf(match.url) : undefined
}

/** Splits literal text at the borders of the parts. */
export function patternParts(url: string): readonly Part[] {
  const pieces = splitPattern(url)
  if (isProblem(pieces)) return []
  if (!pieces.some(({ kind, text }) => kind === 'literal' && text.includes('://'))) {
    return pieces
      .map(({ kind, text }) => ({ region: 'unknown', kind, text }) as const)
      .filter(isThere)
  }
  const parts: Part[] = []
  let region: Part['region'] = 'scheme'
  for (const { kind, text } of pieces) {
    if (kind === 'expression') parts.push({ region, kind, text })
    else region = addLiteral(parts, region, text)
  }
  return parts.filter(isThere)
}

const isThere = ({ kind, text }: Part): boolean => kind === 'expression' || text !== ''

/** Adds the parts of a literal text and returns the part of the URL behind it. */
function addLiteral(parts: Part[], region: Part['region'], text: string): Part['region'] {
  const border = region === 'scheme' ? '://' : region === 'host' ? '/' : undefined
  const at = border === undefined ? -1 : text.indexOf(border)
  if (border === undefined || at < 0) {
    parts.push({ region, kind: 'literal', text })
    return region
  }
  parts.push({ region, kind: 'literal', text: text.slice(0, at) })
  if (region === 'scheme') return addLiteral(parts, 'host', text.slice(at + border.length))
  parts.push({ region: 'path', kind: 'literal', text: text.slice(at) })
  return 'path'
}

const rememberNode = createMemory<Node>()

/** The expression in the syntax of the strategy; nothing of one that is not valid by itself. */
export const nodeOf = ({ text }: Part, strategy: Strategy): Node =>
  rememberNode(`${strategy} ${text}`, () => {
    const piece: Piece = { kind: 'expression', text, at: 0 }
    const parsed = strategy === 'glob' ? parseGlob([piece]) : parseExpression(piece, 0)
    return parsed.message === undefined ? parsed.node : empty
  })

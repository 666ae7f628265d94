/** What the parser knows while it walks the tokens. Errors are thrown: a template is refused as a whole. */
import { quoteText } from '../go/quote.ts'
import type { Tree } from './nodes.ts'
import { describeToken, type Token, type TokenKind } from './tokens.ts'

export interface Variable {
  readonly name: string
  readonly slot: number
}

export interface Parser {
  readonly name: string
  readonly tokens: readonly Token[]
  readonly hasFunction: (name: string) => boolean
  readonly trees: Map<string, Tree>
  /** The next token to read, and the furthest one read: messages name the line of the latter. */
  index: number
  furthest: number
  /** The line on which the current action began; 0 outside. */
  actionLine: number
  /** Open parentheses and blocks: bounded, so that no input exhausts the stack. */
  nesting: number
  scope: Scope
}

/** What belongs to one template: the main text, a definition or a block. */
export interface Scope {
  readonly visible: Variable[]
  slots: number
  ranges: number
}

export const newScope = (): Scope => ({ visible: [], slots: 0, ranges: 0 })

const maxNesting = 250

export function syntaxError(parser: Parser, message: string): Error {
  const line = parser.tokens[parser.furthest]?.line ?? 0
  const error = new Error(`template: ${parser.name}:${line}: ${message}`)
  error.name = 'TemplateSyntaxError'
  return error
}

const beyond: Token = { kind: 'eof', position: 0, text: '', line: 0 }

export function next(parser: Parser): Token {
  const token = parser.tokens[parser.index] ?? parser.tokens.at(-1) ?? beyond
  parser.furthest = Math.max(parser.furthest, Math.min(parser.index, parser.tokens.length - 1))
  parser.index++
  return token
}

export function peek(parser: Parser): Token {
  const token = next(parser)
  parser.index--
  return token
}

export function nextNonSpace(parser: Parser): Token {
  let token = next(parser)
  while (token.kind === 'space') token = next(parser)
  return token
}

/** Skips white space and gives the token behind it, unread. */
export function peekNonSpace(parser: Parser): Token {
  const token = nextNonSpace(parser)
  parser.index--
  return token
}

export function unexpected(parser: Parser, token: Token, context: string): Error {
  if (token.kind !== 'error') {
    return syntaxError(parser, `unexpected ${describeToken(token)} in ${context}`)
  }
  const { actionLine, name } = parser
  if (actionLine === 0 || actionLine === token.line) return syntaxError(parser, token.text)
  const joint = token.text.endsWith(' action') ? '' : ' in action'
  return syntaxError(parser, `${token.text}${joint} started at ${name}:${actionLine}`)
}

export function expect(parser: Parser, kind: TokenKind, context: string): Token {
  const token = nextNonSpace(parser)
  if (token.kind !== kind) throw unexpected(parser, token, context)
  return token
}

/** Runs a parser one level deeper. */
export function nested<T>(parser: Parser, parse: () => T): T {
  if (parser.nesting >= maxNesting) throw syntaxError(parser, 'max expression depth exceeded')
  parser.nesting++
  const result = parse()
  parser.nesting--
  return result
}

export function declare(parser: Parser, name: string): Variable {
  const variable = { name, slot: parser.scope.slots++ }
  parser.scope.visible.push(variable)
  return variable
}

/** The slot of a visible variable; undefined for `$`. Throws when there is none of that name. */
export function slotOf(parser: Parser, name: string): number | undefined {
  if (name === '$') return undefined
  const variable = parser.scope.visible.findLast(visible => visible.name === name)
  if (variable === undefined) {
    throw syntaxError(parser, `undefined variable ${quoteText(name)}`)
  }
  return variable.slot
}

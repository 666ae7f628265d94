/** The state of the parser. Errors are thrown, because the template is refused as a whole. */
import { quoteText } from '../go/quote.ts'
import type { Tree } from './nodes.ts'
import { describeToken, type Token, type TokenKind } from './tokens.ts'

/** The slot of `$`, which is the data of the template unless it is declared again. */
export const rootSlot = 0

export interface Variable {
  readonly name: string
  readonly slot: number
  /** Its value is an element of what a `range` iterates over. */
  readonly ranged: boolean
}

export interface Parser {
  readonly name: string
  readonly tokens: readonly Token[]
  readonly hasFunction: (name: string) => boolean
  readonly trees: Map<string, Tree>
  /** Names of the templates that are called. */
  readonly calls: Set<string>
  /** The next token to read, and the furthest token read; messages name the line of the latter. */
  index: number
  furthest: number
  /** The line on which the current action began; 0 outside actions. */
  actionLine: number
  /** Open parentheses and blocks; limited, so that no input exhausts the stack. */
  nesting: number
  scope: Scope
}

/** The state of one template: the main text, a definition or a block. */
export interface Scope {
  readonly visible: Variable[]
  slots: number
  ranges: number
}

export const newScope = (): Scope => ({ visible: [], slots: 1, ranges: 0 })

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

/** Skips white space and returns the next token without reading it. */
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

/** The slot of a variable that is declared but has no value yet: reading or assigning it fails at run time. */
export const noSlot = -1

/** A range of the declared variables. */
export interface DeclaredNames {
  readonly from: number
  readonly to: number
}

/**
 * Declares names before the pipeline that declares or assigns them is parsed; they still have the value from
 * outside. Returns the argument for `assignSlots`.
 */
export function declareNames({ scope }: Parser, names: readonly string[]): DeclaredNames {
  const from = scope.visible.length
  const outside = names.map(
    name => known(scope, name) ?? { name, slot: name === '$' ? rootSlot : noSlot, ranged: false },
  )
  scope.visible.push(...outside)
  return { from, to: from + names.length }
}

/** Assigns new slots to the names declared in that range. */
export function assignSlots({ scope }: Parser, { from, to }: DeclaredNames, ranged: boolean): void {
  scope.visible.slice(from, to).forEach(({ name }, i) => {
    scope.visible[from + i] = { name, slot: scope.slots++, ranged }
  })
}

const known = ({ visible }: Scope, name: string): Variable | undefined =>
  visible.findLast(variable => variable.name === name)

/** A declared variable. Throws when there is no variable with that name. */
export function variableNamed(parser: Parser, name: string): Variable {
  const variable = known(parser.scope, name)
  if (variable !== undefined) return variable
  if (name === '$') return { name, slot: rootSlot, ranged: false }
  throw syntaxError(parser, `undefined variable ${quoteText(name)}`)
}

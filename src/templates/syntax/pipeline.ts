/** Parses pipelines, commands and operands. */
import { outside, unavailableFunctions } from '../functions/outside.ts'
import { quoteText } from '../go/quote.ts'
import type { CommandNode, Operand, PipeNode, VariableNode } from './nodes.ts'
import { parseNumber } from './number.ts'
import {
  assignSlots,
  declareNames,
  nested,
  next,
  nextNonSpace,
  type Parser,
  peek,
  peekNonSpace,
  syntaxError,
  unexpected,
  type Variable,
  variableNamed,
} from './parser-state.ts'
import { show } from './show.ts'
import type { Token, TokenKind } from './tokens.ts'
import { unquote } from './unquote.ts'

const operandKinds: ReadonlySet<TokenKind> = new Set([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
])

export interface PipelineContext {
  /** The purpose of the pipeline, for messages. */
  readonly name: string
  readonly end: 'right' | 'rightParen'
}

export function parsePipeline(parser: Parser, context: PipelineContext): PipeNode {
  const { position } = peekNonSpace(parser)
  const { tokens, assigns } = parseDeclarations(parser, context.name)
  const names = tokens.map(({ text }) => text)
  const declared = declareNames(parser, names)
  const commands: CommandNode[] = []
  for (let token = nextNonSpace(parser); token.kind !== context.end; token = nextNonSpace(parser)) {
    if (!operandKinds.has(token.kind)) throw unexpected(parser, token, context.name)
    parser.index--
    commands.push(parseCommand(parser))
  }
  checkCommands(parser, commands, context.name)
  if (!assigns) assignSlots(parser, declared, context.name === 'range')
  const variables = parser.scope.visible.slice(declared.from, declared.to).map(nodeAt(tokens))
  return { kind: 'pipe', position, assigns, variables, commands }
}

const nodeAt =
  (tokens: readonly Token[]) =>
  (variable: Variable, index: number): VariableNode => ({
    kind: 'variable',
    position: tokens[index]?.position ?? 0,
    ...variable,
    names: [],
  })

const literals: ReadonlySet<string> = new Set(['bool', 'dot', 'nil', 'number', 'string'])

function checkCommands(parser: Parser, commands: readonly CommandNode[], context: string): void {
  if (commands.length === 0) throw syntaxError(parser, `missing value for ${context}`)
  const bad = commands.findIndex(({ words }, i) => i > 0 && literals.has(words[0].kind))
  if (bad > 0) {
    throw syntaxError(parser, `non executable command in pipeline stage ${bad + 1}`)
  }
}

interface Declarations {
  readonly tokens: readonly Token[]
  readonly assigns: boolean
}

function parseDeclarations(parser: Parser, context: string): Declarations {
  const names: Token[] = []
  for (;;) {
    const first = peekNonSpace(parser)
    if (first.kind !== 'variable') break
    const start = parser.index++
    const after = peekNonSpace(parser)
    if (after.kind === 'assign' || after.kind === 'declare') {
      parser.index++
      names.push(first)
      return { tokens: names, assigns: after.kind === 'assign' }
    }
    if (after.text !== ',' || after.kind !== 'char') {
      parser.index = start
      break
    }
    parser.index++
    names.push(first)
    checkSecond(parser, names, context)
  }
  return { tokens: names, assigns: false }
}

const secondKinds: ReadonlySet<TokenKind> = new Set(['variable', 'right', 'rightParen'])

function checkSecond(parser: Parser, names: readonly Token[], context: string): void {
  if (context !== 'range' || names.length >= 2) {
    throw syntaxError(parser, `too many declarations in ${context}`)
  }
  if (!secondKinds.has(peekNonSpace(parser).kind)) {
    throw syntaxError(parser, 'range can only initialize variables')
  }
}

function parseCommand(parser: Parser): CommandNode {
  const { position } = peekNonSpace(parser)
  const words: Operand[] = []
  do {
    peekNonSpace(parser)
    const operand = parseOperand(parser)
    if (operand !== undefined) words.push(operand)
  } while (continues(parser))
  const [first, ...rest] = words
  if (first === undefined) throw syntaxError(parser, 'empty command')
  return { kind: 'command', position, words: [first, ...rest] }
}

/** Reads what follows an operand: white space continues the command, a pipe ends it. */
function continues(parser: Parser): boolean {
  const token = next(parser)
  const closes = token.kind === 'right' || token.kind === 'rightParen'
  if (closes) parser.index--
  else if (token.kind !== 'space' && token.kind !== 'pipe') {
    throw unexpected(parser, token, 'operand')
  }
  return token.kind === 'space'
}

/** Parses a term with its fields; undefined when no operand begins here. */
function parseOperand(parser: Parser): Operand | undefined {
  const term = parseTerm(parser)
  const { kind, position } = peek(parser)
  if (term === undefined || kind !== 'field') return term
  const names: string[] = []
  while (peek(parser).kind === 'field') names.push(next(parser).text.slice(1))
  if (term.kind === 'field' || term.kind === 'variable') {
    return { ...term, position, names: [...term.names, ...names] }
  }
  if (literals.has(term.kind)) {
    throw syntaxError(parser, `unexpected . after term ${quoteText(show(term))}`)
  }
  return { kind: 'chain', position, of: term, names }
}

/** An explanation for Oathkeeper's functions that are not available here. */
function explainMissing(name: string): string {
  const reason = unavailableFunctions.get(name)
  if (reason !== undefined) return `: ${reason}`
  return Object.hasOwn(outside, name) ? ': templates.allow does not name it' : ''
}

type Term = (parser: Parser, token: Token) => Operand

const terms: Partial<Record<TokenKind, Term>> = {
  identifier: (parser, { text, position }) => {
    if (parser.hasFunction(text)) return { kind: 'identifier', position, name: text }
    throw syntaxError(parser, `function ${quoteText(text)} not defined${explainMissing(text)}`)
  },
  dot: (_, { position }) => ({ kind: 'dot', position }),
  nil: (_, { position }) => ({ kind: 'nil', position }),
  variable: (parser, { text, position }) => {
    return { kind: 'variable', position, ...variableNamed(parser, text), names: [] }
  },
  field: (_, { text, position }) => ({ kind: 'field', position, names: [text.slice(1)] }),
  bool: (_, { text, position }) => ({ kind: 'bool', position, value: text === 'true' }),
  charConstant: parseNumberTerm,
  complex: parseNumberTerm,
  number: parseNumberTerm,
  leftParen: parser =>
    nested(parser, () =>
      parsePipeline(parser, { name: 'parenthesized pipeline', end: 'rightParen' }),
    ),
  string: parseString,
  rawString: parseString,
}

function parseTerm(parser: Parser): Operand | undefined {
  const token = nextNonSpace(parser)
  const term = terms[token.kind]?.(parser, token)
  if (term === undefined) parser.index--
  return term
}

function parseNumberTerm(parser: Parser, { text, position }: Token): Operand {
  try {
    return { kind: 'number', position, literal: parseNumber(text) }
  } catch (error) {
    throw syntaxError(parser, error instanceof Error ? error.message : String(error))
  }
}

function parseString(parser: Parser, { text: quoted, position }: Token): Operand {
  return { kind: 'string', position, quoted, text: stringOf(parser, quoted) }
}

/** The value of a string token. */
export function stringOf(parser: Parser, quoted: string): string {
  const text = unquote(quoted)
  if (text === undefined) throw syntaxError(parser, 'invalid syntax')
  return text
}

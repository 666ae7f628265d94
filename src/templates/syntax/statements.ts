/** Parses text and actions: `if`, `with`, `range`, `template`, `block`, `define`, `break`, `continue`. */
import { quoteText } from '../go/quote.ts'
import type { BranchNode, JumpNode, PipeNode, Statement, TemplateNode, Tree } from './nodes.ts'
import {
  expect,
  nested,
  newScope,
  nextNonSpace,
  type Parser,
  peek,
  peekNonSpace,
  syntaxError,
  unexpected,
} from './parser-state.ts'
import { parsePipeline, stringOf } from './pipeline.ts'
import type { Token } from './tokens.ts'

type Branch = BranchNode['kind']
/** The action that ends a list of statements. */
type Stop = 'end' | 'else'

/** Parses the whole source: statements, and definitions at the top level. */
export function parseMain(parser: Parser): void {
  const body: Statement[] = []
  while (peek(parser).kind !== 'eof') {
    if (parseDefinition(parser)) continue
    const statement = parseStatement(parser)
    if (typeof statement === 'string') {
      throw syntaxError(parser, `unexpected {{${statement}}}`)
    }
    body.push(statement)
  }
  addTree(parser, { name: parser.name, body, slots: parser.scope.slots })
}

const isBlank = (body: readonly Statement[]): boolean =>
  body.every(statement => statement.kind === 'text' && statement.text.trim() === '')

/** A template may be defined twice if one definition is blank: the other one is used. */
function addTree(parser: Parser, tree: Tree): void {
  const known = parser.trees.get(tree.name)
  if (known === undefined || isBlank(known.body)) parser.trees.set(tree.name, tree)
  else if (!isBlank(tree.body)) {
    const name = quoteText(tree.name)
    throw syntaxError(parser, `template: multiple definition of template ${name}`)
  }
}

/** Parses `{{define "name"}} … {{end}}`, if it comes next. */
function parseDefinition(parser: Parser): boolean {
  const start = parser.index
  const opens = nextNonSpace(parser).kind === 'left' && nextNonSpace(parser).kind === 'define'
  if (!opens) {
    parser.index = start
    return false
  }
  const context = 'define clause'
  const token = nextNonSpace(parser)
  if (!isString(token)) throw unexpected(parser, token, context)
  const name = stringOf(parser, token.text)
  expect(parser, 'right', context)
  parseTree(parser, name, context)
  return true
}

const isString = ({ kind }: Token): boolean => kind === 'string' || kind === 'rawString'

/** The body of a definition or block, in which outer variables are not visible. */
function parseTree(parser: Parser, name: string, context: string): void {
  const { scope: outer, furthest } = parser
  parser.scope = newScope()
  const { body, stop } = nested(parser, () => parseList(parser))
  if (stop !== 'end') {
    if (context === 'block clause') parser.furthest = furthest // Go names the line of the clause
    throw syntaxError(parser, `unexpected {{${stop}}} in ${context}`)
  }
  addTree(parser, { name, body, slots: parser.scope.slots })
  parser.scope = outer
}

interface List {
  readonly body: readonly Statement[]
  readonly stop: Stop
}

function parseList(parser: Parser): List {
  const body: Statement[] = []
  while (peekNonSpace(parser).kind !== 'eof') {
    const statement = parseStatement(parser)
    if (typeof statement === 'string') return { body, stop: statement }
    body.push(statement)
  }
  throw syntaxError(parser, 'unexpected EOF')
}

function parseStatement(parser: Parser): Statement | Stop {
  const token = nextNonSpace(parser)
  const { kind, position, text, line } = token
  if (kind === 'text') return { kind, position, text }
  if (kind !== 'left') throw unexpected(parser, token, 'input')
  parser.actionLine = line
  const statement = parseAction(parser)
  parser.actionLine = 0
  return statement
}

function parseAction(parser: Parser): Statement | Stop {
  const token = nextNonSpace(parser)
  switch (token.kind) {
    case 'block':
      return parseBlock(parser)
    case 'break':
    case 'continue':
      return parseJump(parser, token.kind, token)
    case 'else':
      return parseElse(parser)
    case 'end':
      expect(parser, 'right', 'end')
      return 'end'
    case 'if':
    case 'range':
    case 'with':
      return parseBranch(parser, token.kind)
    case 'template':
      return parseTemplate(parser)
    default:
      parser.index--
      return actionOf(parsePipeline(parser, { name: 'command', end: 'right' }))
  }
}

const actionOf = (pipe: PipeNode): Statement => ({ kind: 'action', position: pipe.position, pipe })

function parseJump(parser: Parser, kind: JumpNode['kind'], { position }: Token): Statement {
  const token = nextNonSpace(parser)
  if (token.kind !== 'right') throw unexpected(parser, token, `{{${kind}}}`)
  if (parser.scope.ranges === 0) throw syntaxError(parser, `{{${kind}}} outside {{range}}`)
  return { kind, position }
}

/** `else if` and `else with` leave the second word unread. */
function parseElse(parser: Parser): Stop {
  const { kind } = peekNonSpace(parser)
  if (kind !== 'if' && kind !== 'with') expect(parser, 'right', 'else')
  return 'else'
}

function parseBranch(parser: Parser, kind: Branch): BranchNode {
  const visible = parser.scope.visible.length
  const pipe = parsePipeline(parser, { name: kind, end: 'right' })
  parser.scope.ranges += kind === 'range' ? 1 : 0
  const { body, stop } = nested(parser, () => parseList(parser))
  parser.scope.ranges -= kind === 'range' ? 1 : 0
  const otherwise = stop === 'else' ? parseOtherwise(parser, kind) : undefined
  parser.scope.visible.length = visible
  return { kind, position: pipe.position, pipe, body, otherwise }
}

function parseOtherwise(parser: Parser, kind: Branch): readonly Statement[] {
  if (kind !== 'range' && peek(parser).kind === kind) {
    parser.index++
    return [nested(parser, () => parseBranch(parser, kind))]
  }
  const { body, stop } = nested(parser, () => parseList(parser))
  if (stop !== 'end') throw syntaxError(parser, `expected end; found {{${stop}}}`)
  return body
}

function parseTemplateName(parser: Parser, token: Token, context: string): string {
  if (!isString(token)) throw unexpected(parser, token, context)
  const name = stringOf(parser, token.text)
  parser.calls.add(name)
  return name
}

function parseTemplate(parser: Parser): TemplateNode {
  const context = 'template clause'
  const token = nextNonSpace(parser)
  const name = parseTemplateName(parser, token, context)
  const { position } = token
  if (nextNonSpace(parser).kind === 'right') {
    return { kind: 'template', position, name, pipe: undefined }
  }
  parser.index--
  const pipe = parsePipeline(parser, { name: context, end: 'right' })
  return { kind: 'template', position, name, pipe }
}

/** `{{block "name" pipeline}} … {{end}}`: a definition and its call. */
function parseBlock(parser: Parser): TemplateNode {
  const context = 'block clause'
  const token = nextNonSpace(parser)
  const name = parseTemplateName(parser, token, context)
  const pipe = parsePipeline(parser, { name: context, end: 'right' })
  parseTree(parser, name, context)
  return { kind: 'template', position: token.position, name, pipe }
}

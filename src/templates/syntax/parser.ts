import { lex } from './lexer.ts'
import type { Tree } from './nodes.ts'
import { newScope, type Parser } from './parser-state.ts'
import { parseMain } from './statements.ts'

export interface ParseOptions {
  readonly name: string
  readonly hasFunction: (name: string) => boolean
}

export interface Parsed {
  /** All templates by name; the main one has the given name. */
  readonly trees: ReadonlyMap<string, Tree>
  /** Names of the templates that are called. */
  readonly calls: ReadonlySet<string>
}

/** Throws a TemplateSyntaxError. */
export function parse(source: string, options: ParseOptions): Parsed {
  const parser: Parser = {
    ...options,
    tokens: lex(source),
    trees: new Map(),
    calls: new Set(),
    index: 0,
    furthest: 0,
    actionLine: 0,
    nesting: 0,
    scope: newScope(),
  }
  parseMain(parser)
  return parser
}

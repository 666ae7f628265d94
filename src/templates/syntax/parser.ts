import { lex } from './lexer.ts'
import type { Tree } from './nodes.ts'
import { newScope, type Parser } from './parser-state.ts'
import { parseMain } from './statements.ts'

export interface ParseOptions {
  readonly name: string
  readonly hasFunction: (name: string) => boolean
}

/** All templates of a source by name; the main one has the name given. Throws a TemplateSyntaxError. */
export function parse(source: string, options: ParseOptions): ReadonlyMap<string, Tree> {
  const parser: Parser = {
    ...options,
    tokens: lex(source),
    trees: new Map(),
    index: 0,
    furthest: 0,
    actionLine: 0,
    nesting: 0,
    scope: newScope(),
  }
  parseMain(parser)
  return parser.trees
}

import { quoteText } from '../go/quote.ts'
import { firstRunes } from '../go/utf8.ts'

const keywords = [
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
] as const

export type Keyword = (typeof keywords)[number] | 'dot'

export type TokenKind =
  | Keyword
  | 'error'
  | 'eof'
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'number'
  | 'string'
  | 'rawString'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'leftParen'
  | 'rightParen'
  | 'pipe'
  | 'assign'
  | 'declare'

/** `text` is the source text, or an error message; `position` counts bytes from 0, `line` from 1. */
export interface Token {
  readonly kind: TokenKind
  readonly position: number
  readonly text: string
  readonly line: number
}

const keywordSet: ReadonlySet<string> = new Set([...keywords, 'dot'])

export const isKeyword = (word: string): word is Keyword => word !== 'dot' && keywordSet.has(word)

/** A token as Go's messages show it. */
export function describeToken({ kind, text }: Token): string {
  if (kind === 'eof') return 'EOF'
  if (kind === 'error') return text
  if (keywordSet.has(kind)) return `<${text}>`
  return text.length > 10 ? `${quoteText(firstRunes(text, 10))}...` : quoteText(text)
}

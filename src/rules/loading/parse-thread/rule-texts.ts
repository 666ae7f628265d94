import { isUtf8 } from 'node:buffer'
import { parseDocument } from '../document.ts'

/** The rules of a document as JSON texts: cheap to transfer, and equal when the rules are equal. */
export interface RuleTexts {
  readonly kind: 'rule_texts'
  readonly texts: readonly string[]
  readonly warnings: readonly string[]
}

export interface RuleTextsProblem {
  readonly kind: 'document_problem'
  readonly message: string
}

const mostWarnings = 1000

const otherBytes = 'found bytes that are not UTF-8, expected UTF-8'

/** Parses UTF-8 bytes to the rules in them. Other bytes are refused: replaced, they would change what a rule means. */
export function ruleTextsOf(bytes: Uint8Array): RuleTexts | RuleTextsProblem {
  if (!isUtf8(bytes)) return { kind: 'document_problem', message: otherBytes }
  const document = parseDocument(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
  )
  if (document.kind === 'document_problem') return document
  const { rules, warnings } = document
  return {
    kind: 'rule_texts',
    texts: rules.map(rule => JSON.stringify(rule)),
    warnings: warnings.slice(0, mostWarnings),
  }
}

import { createBreather } from '../lib/breathe.ts'
import { readRuleTexts } from './apart/read-apart.ts'
import type { RuleDefinition } from './definition.ts'
import type { SourceDocument } from './sources/contract.ts'

/** One document as last read, and the last good rules of it. */
export interface DocumentState {
  readonly name: string
  readonly bytes: Uint8Array
  readonly rules: readonly RuleDefinition[]
  /** The rules by their texts: a rule that did not change stays the same object, and is not compiled again. */
  readonly byText: ReadonlyMap<string, RuleDefinition>
  readonly warnings: readonly string[]
  /** Why the bytes are no rules. */
  readonly problem?: string
}

/** The state after a document was read; the earlier one when its bytes are the same. */
export async function readDocument(
  { name, bytes }: SourceDocument,
  earlier: DocumentState | undefined,
): Promise<DocumentState> {
  if (earlier !== undefined && Buffer.compare(earlier.bytes, bytes) === 0) return earlier
  const read = await readRuleTexts(bytes)
  if (read.kind === 'document_problem') {
    const { rules, byText } = earlier ?? nothing
    return { name, bytes, rules, byText, warnings: [], problem: read.message }
  }
  const byText = new Map<string, RuleDefinition>()
  const rules: RuleDefinition[] = []
  const breathe = createBreather()
  for (const text of read.texts) {
    const rule =
      byText.get(text) ?? earlier?.byText.get(text) ?? (JSON.parse(text) as RuleDefinition)
    byText.set(text, rule)
    rules.push(rule)
    await breathe()
  }
  return { name, bytes, rules, byText, warnings: read.warnings }
}

const nothing: Pick<DocumentState, 'rules' | 'byText'> = { rules: [], byText: new Map() }

import { createMemory } from '../../lib/remember.ts'
import { createYielder } from '../../lib/yield-to-event-loop.ts'
import type { RuleDefinition } from '../definition.ts'
import { readRuleTexts } from './parse-thread/parse-in-thread.ts'
import type { SourceDocument, StandIn } from './sources/contract.ts'

/** One document as last read, and its last valid rules. */
export interface DocumentState {
  readonly name: string
  /** Of a file of this machine. */
  readonly path?: string | undefined
  readonly bytes: Uint8Array
  readonly rules: readonly RuleDefinition[]
  /** The rules by their JSON text: an unchanged rule stays the same object and is not compiled again. */
  readonly byText: ReadonlyMap<string, RuleDefinition>
  readonly warnings: readonly string[]
  /** Why the bytes are not a valid rule document. */
  readonly problem?: string
  /** It never was one: which rules it has is not known. */
  readonly isUnknown?: true
}

/** The state after a document was read; the earlier state when the bytes are the same. */
export async function readDocument(
  { name, path, bytes, standIn }: SourceDocument,
  earlier: DocumentState | undefined,
): Promise<DocumentState> {
  if (earlier !== undefined && areSame(earlier.bytes, bytes)) return earlier
  const read = await readOne(bytes, standIn?.problem)
  if (read.kind === 'document_problem' && standIn !== undefined) {
    const rules = [deniedRule(standIn, read.message)]
    return { name, path, bytes, rules, byText: new Map(), warnings: [] }
  }
  if (read.kind === 'document_problem') {
    const { rules, byText, isUnknown } = earlier ?? nothing
    const unknown = isUnknown ? { isUnknown } : {}
    return { name, path, bytes, rules, byText, warnings: [], problem: read.message, ...unknown }
  }
  const byText = new Map<string, RuleDefinition>()
  const rules: RuleDefinition[] = []
  const share = createMemory<unknown>()
  const yieldIfLong = createYielder()
  for (const text of read.texts) {
    const rule =
      byText.get(text) ?? earlier?.byText.get(text) ?? withShared(JSON.parse(text), share)
    byText.set(text, rule)
    rules.push(rule)
    await yieldIfLong()
  }
  return { name, path, bytes, rules, byText, warnings: read.warnings }
}

/** The rule with the parts that equal those of an earlier rule: rules differ in their ids and patterns. */
function withShared(rule: RuleDefinition, share: ReturnType<typeof createMemory>): RuleDefinition {
  const shared = <T>(part: T): T => share(JSON.stringify(part), () => part) as T
  return {
    ...rule,
    authenticators: shared(rule.authenticators),
    authorizer: shared(rule.authorizer),
    ...(rule.authorizers ? { authorizers: shared(rule.authorizers) } : {}),
    mutators: shared(rule.mutators),
    errors: shared(rule.errors),
    upstream: shared(rule.upstream),
  }
}

const areSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one === other || Buffer.compare(one, other) === 0

const readOne = async (bytes: Uint8Array, known: string | undefined) =>
  known === undefined
    ? readRuleTexts(bytes)
    : ({ kind: 'document_problem', message: known } as const)

/** A rule that denies what the unreadable rule would match, as far as that is known, so that no broader rule takes over. */
const deniedRule = ({ id, match }: StandIn, problem: string): RuleDefinition => ({
  id,
  version: '',
  description: '',
  match,
  authenticators: [{ handler: 'unauthorized', config: null }],
  authorizer: { handler: 'deny', config: null },
  mutators: [{ handler: 'noop', config: null }],
  errors: null,
  upstream: { preserveHost: false, stripPath: '', url: '' },
  problem,
})

const nothing: Pick<DocumentState, 'rules' | 'byText' | 'isUnknown'> = {
  rules: [],
  byText: new Map(),
  isUnknown: true,
}

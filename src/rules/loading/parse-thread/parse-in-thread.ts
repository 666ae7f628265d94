/**
 * A document to the texts of its rules. Parsing a large one is a single call that would keep every
 * request waiting, so it happens in a thread of its own; a small one is not worth a thread.
 */
import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type RuleTexts, type RuleTextsProblem, ruleTextsOf } from './rule-texts.ts'

/** What the thread answers each time it is asked. */
export type Handed =
  | { readonly kind: 'piece'; readonly texts: readonly string[] }
  | { readonly kind: 'end'; readonly warnings: readonly string[] }
  | RuleTextsProblem

/** About 3 ms of YAML. */
const smallBytes = 32 * 1024
/** A few of them can stand for millions of values. */
const yamlAlias = /[\s[{,]\*\w/

const script = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** Never rejects. */
export async function readRuleTexts(bytes: Uint8Array): Promise<RuleTexts | RuleTextsProblem> {
  if (bytes.length <= smallBytes && !yamlAlias.test(Buffer.from(bytes).toString('latin1'))) {
    return ruleTextsOf(bytes)
  }
  let worker: Worker | undefined
  try {
    worker = new Worker(script, { workerData: bytes })
    return await gather(worker)
  } catch (error) {
    return {
      kind: 'document_problem',
      message: error instanceof Error ? error.message : `${error}`,
    }
  } finally {
    await worker?.terminate()
  }
}

async function gather(worker: Worker): Promise<RuleTexts | RuleTextsProblem> {
  const all: string[] = []
  for (;;) {
    const answer = once(worker, 'message')
    worker.postMessage('more')
    const [handed] = (await answer) as [Handed]
    if (handed.kind === 'document_problem') return handed
    if (handed.kind === 'end') return { kind: 'rule_texts', texts: all, warnings: handed.warnings }
    for (const text of handed.texts) all.push(text)
  }
}

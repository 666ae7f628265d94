/**
 * Parses a document to the JSON texts of its rules. Parsing is one blocking call, so a large document is parsed in
 * a thread of its own; for a small one a thread costs more than it saves.
 */
import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../../lib/package-root.ts'
import { type RuleTexts, type RuleTextsProblem, ruleTextsOf } from './rule-texts.ts'

/** What the thread answers each time it is asked. */
export type Message =
  | { readonly kind: 'piece'; readonly texts: readonly string[] }
  | { readonly kind: 'end'; readonly warnings: readonly string[] }
  | RuleTextsProblem

/** Takes about 3 ms as YAML. */
const smallBytes = 32 * 1024
/** A few aliases can expand to millions of values. */
const yamlAlias = /[\s[{,]\*\w/

/** A file of its own in the sources and in what is built. */
const extension = extname(import.meta.url)
const folder = extension === '.ts' ? 'src' : 'dist'
const script = new URL(`${folder}/rules/loading/parse-thread/worker${extension}`, packageRoot)

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
    const [message] = (await answer) as [Message]
    if (message.kind === 'document_problem') return message
    if (message.kind === 'end')
      return { kind: 'rule_texts', texts: all, warnings: message.warnings }
    for (const text of message.texts) all.push(text)
  }
}

/** `explain`: why a request gets its answer. */
import type { Explanation } from '../explain/explanation.ts'
import { environment } from '../lib/environment.ts'
import { withoutControls } from '../lib/without-controls.ts'
import { hasColours } from './colours.ts'
import { exitCode } from './exit-codes.ts'
import { askRunning } from './explain/ask-running.ts'
import { explainOffline } from './explain/explain-offline.ts'
import type { ExplainArguments, ExplainOptions } from './explain/options.ts'
import { prettyExplanation } from './explain/pretty.ts'
import { readQuestion } from './explain/read-question.ts'
import { printable } from './explain/received.ts'
import type { Output } from './output.ts'
import { printProblem } from './problem.ts'

/** 1: the log has lines that cannot be read; otherwise 0: it may pass; 10: denied; 11: denied because of an error of the rules or of a service. */
export async function explain(
  written: ExplainArguments,
  options: ExplainOptions,
  output: Output,
): Promise<number> {
  const asked = await readQuestion(written, options)
  if (typeof asked === 'string') {
    output.err(`${asked}\n`)
    return exitCode.usage
  }
  if ('problem' in asked) return printProblem(asked, output)
  const { broken = [] } = asked
  for (const line of broken) output.err(`error: --log: ${withoutControls(line)}\n`)
  const explanation =
    options.endpoint === undefined
      ? await explainOffline(asked, options, output)
      : await askRunning(asked, options.endpoint, output)
  if (typeof explanation === 'number') return explanation
  output.out(printed(explanation, options.format))
  return broken.length > 0 ? exitCode.failed : codes[explanation.outcome.kind]
}

const codes: Readonly<Record<Explanation['outcome']['kind'], number>> = {
  allow: exitCode.fine,
  deny: 10,
  error: 11,
  undecided: exitCode.undecided,
}

function printed(explanation: Explanation, format = 'pretty'): string {
  if (format === 'json') return `${JSON.stringify(explanation, null, 2)}\n`
  const style = { hasColours: hasColours(environment()) }
  const shown = printable(explanation)
  return format === 'compact' ? compact(shown) : prettyExplanation(shown, style)
}

function compact({ outcome, rule, request, answers }: Explanation): string {
  const status = answers[request.door]?.status ?? ''
  const parts = [outcome.kind, status, rule ?? '-', request.method, request.sent, outcome.reason]
  return `${parts.filter(part => part !== undefined).join(' ')}\n`
}

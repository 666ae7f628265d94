/** A test row that says what becomes of a request today. */
import { textOf } from '../../../lib/bytes.ts'
import { isSecretHeaderName } from '../../../lib/mask-secrets.ts'
import { type Candidate, caseOf } from '../candidates/attempt.ts'
import type { Expectation, TestDoor } from '../case.ts'
import type { Answered } from '../expected.ts'
import type { Runner } from '../runner.ts'

export interface PinnedRow {
  readonly candidate: Candidate
  readonly expect: Expectation
  /** Those at which it holds; the engine is one of them. */
  readonly doors: readonly TestDoor[]
}

export interface PinTools {
  readonly runner: Runner
  /** With other keys. */
  readonly other: Runner
  readonly now: number
}

const doors: readonly TestDoor[] = ['engine', 'grpc', 'decisions']

/** undefined: it is another decision each time, or the row would not hold. */
export async function pin(candidate: Candidate, tools: PinTools): Promise<PinnedRow | undefined> {
  const { runner, other, now } = tools
  const one = caseOf(candidate, now)
  const outcomes = [await runner.ask(one, 'engine'), await other.ask(one, 'engine')]
  const [expect, again] = outcomes.map(outcome =>
    typeof outcome === 'string' ? undefined : expectationOf(outcome.answered),
  )
  if (expect === undefined || again === undefined) return undefined
  const stable = withStable(expect, again)
  const holding: TestDoor[] = []
  for (const door of doors) {
    const { passed } = await other.run({ ...one, expect: stable, doors: [door] })
    if (passed) holding.push(door)
  }
  return holding.includes('engine') ? { candidate, expect: stable, doors: holding } : undefined
}

function expectationOf({ decision, answer }: Answered): Expectation {
  if (decision.kind === 'deny') return { deny: answer.status, code: decision.failure.code }
  const headers = answer.headers
    .filter(([name]) => !isSecretHeaderName(name))
    .map(([name, value]) => [textOf(name), textOf(value)] as const)
  return { allow: textOf(decision.rule), headers: Object.fromEntries(headers) }
}

/** Those with the same value each time. A name with several values has one line in a test. */
function withStable({ headers = {}, ...rest }: Expectation, again: Expectation): Expectation {
  const same = Object.entries(headers).filter(([name, value]) => again.headers?.[name] === value)
  return same.length === 0 ? rest : { ...rest, headers: Object.fromEntries(same) }
}

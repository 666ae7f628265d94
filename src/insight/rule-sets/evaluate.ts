/** What the engine answers to a request, as far as that can be known without the outside. */
import { type UndecidedVerdict, type Verdict, verdictOf } from '../../engine/compare/verdict.ts'
import { decide } from '../../engine/decide.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { TraceStep } from '../../model/trace.ts'
import type { RuleSet } from '../../rules/rule-set.ts'

/** Another one may answer calls from a file, say. */
export type Evaluate = (request: AccessRequest) => Promise<Verdict>

interface Offline {
  readonly engine: RuleSet
  readonly refused: () => number
}

/** Handlers that call services; after a refused call some of them answer by themselves for a while. */
const calling = new Set([
  'bearer_token',
  'cookie_session',
  'jwt',
  'oauth2_client_credentials',
  'oauth2_introspection',
  'keto_engine_acp_ory',
  'remote',
  'remote_json',
  'hydrator',
  'id_token',
])

export const createEvaluate =
  ({ engine, refused }: Offline): Evaluate =>
  async request => {
    const before = refused()
    const failed: string[] = []
    const decision = await decided(engine, request, failed)
    if (decision === undefined) return unusable
    const isCalled = refused() > before
    const isCut = refused() > 0 && failed.some(handler => calling.has(handler))
    if (!isCalled && !isCut) return verdictOf(decision)
    const rule = decision.rule === undefined ? undefined : textOf(decision.rule)
    return { kind: 'undecided', rule, reason: 'the rule calls another service' }
  }

const unusable: UndecidedVerdict = {
  kind: 'undecided',
  rule: undefined,
  reason: 'a pattern is too large to be run',
}

/** undefined: the rules cannot be searched. `failed` gets the handlers that refused. */
async function decided(
  engine: RuleSet,
  request: AccessRequest,
  failed: string[],
): Promise<Decision | undefined> {
  const record = (step: TraceStep): void => {
    if (step.kind !== 'handler' || step.outcome === 'ok') return
    if (step.outcome !== 'not_responsible') failed.push(step.handler)
  }
  try {
    return await decide(engine, request, { record, handlersOnly: true })
  } catch {
    return undefined
  }
}

/** What the engine answers to a request, as far as that can be known without the outside. */
import { decide } from '../../engine/decide.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Decision, Upstream } from '../../model/decision.ts'
import { failureStatus } from '../../model/failure.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { AccessRequest } from '../../model/request.ts'
import { ownHeaders } from '../../model/session.ts'
import type { TraceStep } from '../../model/trace.ts'
import type { RuleSet } from '../../rules/rule-set.ts'

export type Verdict = DecidedVerdict | UndecidedVerdict

export interface DecidedVerdict {
  readonly kind: 'decided'
  readonly isAllowed: boolean
  readonly status: number
  /** The id of the rule that matched, if exactly one did. */
  readonly rule: string | undefined
  /** What the log would say about a denial without a rule, such as the names of several rules. */
  readonly note: string | undefined
  /** For the upstream, or of the answer to a denied request. Sorted lines `Name: value`. */
  readonly headers: readonly string[]
  /** Headers of an allowed request that do not reach the upstream. Sorted. */
  readonly removed: readonly string[]
}

export interface UndecidedVerdict {
  readonly kind: 'undecided'
  /** As above. */
  readonly rule: string | undefined
  readonly reason: string
}

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

function verdictOf(decision: Decision): DecidedVerdict {
  if (decision.kind === 'deny') {
    const { failure, reply, rule } = decision
    return {
      kind: 'decided',
      isAllowed: false,
      status: reply.status === 200 ? failureStatus[failure.code] : reply.status,
      rule: rule === undefined ? undefined : textOf(rule),
      note: rule === undefined && typeof failure.cause === 'string' ? failure.cause : undefined,
      headers: linesOf(reply.headers),
      removed: [],
    }
  }
  const { session, changes, rule, upstream } = decision
  const query = [...changes.query.set].map(([name, value]) => `?${name}: ${value}`)
  return {
    kind: 'decided',
    isAllowed: true,
    status: 200,
    rule: textOf(rule),
    note: undefined,
    headers: [
      ...linesOf(new Map(ownHeaders(session))),
      ...linesOf(changes.response),
      ...query,
      ...targetOf(upstream),
    ].sort(),
    removed: [...changes.remove, ...changes.query.remove.map(name => `?${name}`)]
      .map(textOf)
      .sort(),
  }
}

/** Where Oarlock's own proxy sends it. */
const targetOf = (upstream: Upstream | undefined): readonly string[] =>
  upstream === undefined
    ? []
    : [
        `(upstream): ${textOf(upstream.url)} -${textOf(upstream.stripPath)} ${upstream.preserveHost}`,
      ]

const linesOf = (headers: HeaderMap): readonly string[] =>
  [...headers].flatMap(([name, values]) => values.map(value => textOf(`${name}: ${value}`))).sort()

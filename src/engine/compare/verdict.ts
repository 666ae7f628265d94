/** What a decision means to whoever compares it with another one. */
import { textOf } from '../../lib/bytes.ts'
import type { Decision, Upstream } from '../../model/decision.ts'
import { failureStatus } from '../../model/failure.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { ownHeaders } from '../../model/session.ts'

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

export function verdictOf(decision: Decision): DecidedVerdict {
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

type Target = Pick<Upstream, 'url' | 'stripPath' | 'preserveHost'>

/** Where Oarlock's own proxy sends it. */
export const targetOf = (upstream: Target | undefined): readonly string[] =>
  upstream === undefined
    ? []
    : [
        `(upstream): ${textOf(upstream.url)} -${textOf(upstream.stripPath)} ${upstream.preserveHost}`,
      ]

const linesOf = (headers: HeaderMap): readonly string[] =>
  [...headers].flatMap(([name, values]) => values.map(value => textOf(`${name}: ${value}`))).sort()

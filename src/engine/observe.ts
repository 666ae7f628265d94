import type { CapsuleRecorder, CapsuleRecording } from '../capsule/recorder.ts'
import { whenReady } from '../lib/awaitable.ts'
import { textOf } from '../lib/bytes.ts'
import type { Decide, Decision, Deny } from '../model/decision.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Trace } from '../model/trace.ts'
import type { DecisionLog } from '../observability/decision-log.ts'
import { errorText, type Log } from '../observability/log.ts'
import type { DecisionTally } from '../observability/metrics/decisions.ts'
import { createRecording } from '../observability/recording.ts'
import type { DecisionSpan, Tracer } from '../observability/tracing/contract.ts'
import { urlText } from '../rules/match-context.ts'

/** Omitted observers add no work per request. */
export interface Observers {
  readonly log: Log
  readonly tally?: DecisionTally | undefined
  readonly decisionLog?: DecisionLog | undefined
  /** What the decision log writes for replays. */
  readonly recorder?: CapsuleRecorder | undefined
  readonly tracer?: Tracer | undefined
  /** The query as logs may show it; null: not at all. Without this function no query is shown. */
  readonly query?: ((query: string) => string | null) | undefined
}

/** Wraps `decide`: logs denials; counts, records and traces decisions as configured. */
export function observe(decide: Decide, observers: Observers): Decide {
  const { tally, decisionLog, tracer } = observers
  const follow = decisionLog || tracer ? follower(observers) : undefined
  if (tally === undefined && follow === undefined) return withDenials(decide, observers)
  return (request, asked) => {
    const followed = follow?.(request)
    const decided = decide(
      followed?.request ?? request,
      asked ?? (followed ? followed.trace : tally?.steps()),
    )
    return whenReady(decided, decision => {
      const milliseconds = performance.now() - request.began
      tally?.record(request.door, decision, milliseconds / 1000)
      followed?.end(decision, milliseconds)
      if (decision.kind === 'deny') logDenial(observers, request, decision)
      return decision
    })
  }
}

const withDenials =
  (decide: Decide, observers: Observers): Decide =>
  (request, trace) =>
    whenReady(decide(request, trace), decision => {
      if (decision.kind === 'deny') logDenial(observers, request, decision)
      return decision
    })

interface Followed {
  /** The request to decide, in place of the one that came. */
  readonly request?: AccessRequest | undefined
  readonly trace: Trace | undefined
  readonly end: (decision: Decision, milliseconds: number) => void
}

type Follow = (request: AccessRequest) => Followed | undefined

function follower({ tally, decisionLog, tracer, recorder }: Observers): Follow {
  return request => {
    const span = tracer?.begin(request)
    const written = decisionLog?.wants() ? decisionLog : undefined
    if (span?.isRecording || written) {
      const capsule = written && recorder?.(request)
      return recorded({ request, span, written, tally, capsule })
    }
    return span && { trace: tally?.steps(), end: decision => span.end(decision, []) }
  }
}

interface Recorded {
  readonly request: AccessRequest
  readonly span: DecisionSpan | undefined
  readonly written: DecisionLog | undefined
  readonly tally: DecisionTally | undefined
  readonly capsule: CapsuleRecording | undefined
}

function recorded({ request, span, written, tally, capsule }: Recorded): Followed {
  const trace = createRecording(tally?.steps())
  return {
    request: capsule?.request,
    trace,
    end: (decision, milliseconds) => {
      const { steps } = trace
      span?.end(decision, steps)
      const replay = capsule?.finish(steps.map(({ step }) => step))
      written?.record({ request, decision, milliseconds, steps, capsule: replay })
    },
  }
}

/** A failure of our side is logged as an error, every other denial at debug level. */
function logDenial(observers: Observers, request: AccessRequest, deny: Deny): void {
  const { log } = observers
  const { failure, rule, reply } = deny
  const { code, info, cause } = failure
  const isOurs = code === 'internal_server_error' || code === 'gateway_timeout'
  const fields = {
    granted: false,
    decision_id: request.id,
    http_method: textOf(request.method),
    http_url: shownUrl(request, observers),
    rule_id: rule === undefined ? undefined : textOf(rule),
    code,
    status: reply.status,
    reason: info.reason ?? info.message,
    ...(cause === undefined ? {} : { cause: errorText(cause) }),
  }
  if (isOurs) log.error('Access request denied', fields)
  else log.debug('Access request denied', fields)
}

const longestUrl = 1024

/** The URL that was matched, with as much of the query as logs may show. */
function shownUrl(request: AccessRequest, { query: shown }: Observers): string {
  const query = request.query === '' ? null : (shown?.(textOf(request.query)) ?? null)
  const url = urlText(request.scheme, request) + (query === null ? '' : `?${query}`)
  return url.length > longestUrl ? `${url.slice(0, longestUrl)}…` : url
}

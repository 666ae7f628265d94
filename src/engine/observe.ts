import type { Decide, Deny } from '../model/decision.ts'
import type { AccessRequest } from '../model/request.ts'
import { errorText, type Log } from '../observability/log.ts'
import type { DecisionTally } from '../observability/metrics/decisions.ts'

export interface Observers {
  readonly log: Log
  /** Without it nothing is counted. */
  readonly tally?: DecisionTally | undefined
}

/** Wraps a decide: logs denials, and counts if there is a tally. */
export function observe(decide: Decide, { log, tally }: Observers): Decide {
  return async (request, trace) => {
    const start = performance.now()
    const decision = await decide(request, trace ?? tally?.steps)
    tally?.record(request.door, decision, (performance.now() - start) / 1000)
    if (decision.kind === 'deny') logDenial(log, request, decision)
    return decision
  }
}

/** What our side failed at is an error line, every other denial a debug line. */
function logDenial(log: Log, request: AccessRequest, { failure, rule, reply }: Deny): void {
  const { code, info, cause } = failure
  const isOurs = code === 'internal_server_error' || code === 'gateway_timeout'
  const fields = {
    granted: false,
    decision_id: request.id,
    rule_id: rule,
    code,
    status: reply.status,
    reason: info.reason ?? info.message,
    ...(cause === undefined ? {} : { cause: errorText(cause) }),
  }
  if (isOurs) log.error('Access request denied', fields)
  else log.debug('Access request denied', fields)
}

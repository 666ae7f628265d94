import type { Decide, Decision } from '../model/decision.ts'
import { errorText, type Log } from '../observability/log.ts'

/** Wraps a decide: what our side failed at is an error line, every other denial a debug line. */
export function observe(decide: Decide, log: Log): Decide {
  const look = (decision: Decision): Decision => {
    if (decision.kind === 'deny') logDenial(log, decision)
    return decision
  }
  return (request, trace) => decide(request, trace).then(look)
}

function logDenial(log: Log, { failure, rule, reply }: Decision & { readonly kind: 'deny' }): void {
  const { code, info, cause } = failure
  const isOurs = code === 'internal_server_error' || code === 'gateway_timeout'
  const fields = {
    granted: false,
    rule_id: rule,
    code,
    status: reply.status,
    reason: info.reason ?? info.message,
    ...(cause === undefined ? {} : { cause: errorText(cause) }),
  }
  if (isOurs) log.error('Access request denied', fields)
  else log.debug('Access request denied', fields)
}

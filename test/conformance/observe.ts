import { setTimeout as wait } from 'node:timers/promises'
import { canonical } from './canonical.ts'
import { without } from './compare.ts'
import type { Context } from './context.ts'
import { normalBody, normalCall, normalHeaders } from './normal.ts'
import type { Call, Stub } from './stub.ts'
import type { Data, DataMap, Port, Request } from './types.ts'
import { type Outcome, send } from './wire.ts'

/** A started scenario: where to send requests and which stubs to read. */
export interface Stage {
  readonly context: Context
  readonly tls: readonly Port[]
  readonly stubs: readonly Stub[]
}

/** Sends a request; returns the answer and the calls that the stubs received meanwhile, in comparable form. */
export async function observe(stage: Stage, request: Request): Promise<DataMap> {
  for (const stub of stage.stubs) stub.take()
  const seen = normalAnswer(stage.context, request, await send(stage.context, stage.tls, request))
  if (request.settle_calls_ms) await wait(request.settle_calls_ms)
  const calls = normalCalls(
    stage.context,
    request,
    stage.stubs.flatMap(stub => stub.take()),
  )
  const whole: Data = calls.length === 0 ? seen : { ...seen, calls }
  return (request.ignore ?? []).reduce<Data>(
    (value, path) => without(value, path.split('.')),
    whole,
  ) as DataMap
}

function normalAnswer(context: Context, request: Request, outcome: Outcome): DataMap {
  if (outcome.kind === 'no answer') return { status: `no answer (${outcome.why})` }
  const headers = normalHeaders(context, outcome.headers, 'answer')
  return {
    status: outcome.status,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...normalBody(context, outcome, request),
  }
}

/** The order in which calls arrive is not compared; `calls: unique` merges equal ones. */
function normalCalls(context: Context, request: Request, calls: readonly Call[]): DataMap[] {
  const spelled = calls
    .map(call => normalCall(context, call, request))
    .map(call => ({ call, text: canonical(call) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
  const kept =
    request.calls === 'unique'
      ? spelled.filter(({ text }, i) => text !== spelled[i - 1]?.text)
      : spelled
  return kept.map(({ call }) => call)
}

/** AWS API Gateway: a Lambda authorizer over the same decisions. */
import { isHeaderName } from '../../lib/header-name.ts'
import type { Decide, Decision } from '../../model/decision.ts'
import { failure } from '../../model/failure.ts'
import type { RequestBody } from '../../model/request.ts'
import { readFacts } from '../http/facts.ts'
import { refused } from '../http/reply.ts'
import { createRequest, deadlineOf, endLifetime, type Lifetime } from '../request/access-request.ts'
import { headersOf } from '../request/headers.ts'
import { canonicalHost } from '../request/host.ts'
import { canonicalPath } from '../request/path.ts'
import { announcedBody, mayHaveBody, withheldBody } from '../request/withheld-body.ts'
import { type Asked, readEvent } from './event.ts'
import { type LambdaAnswer, renderLambda } from './render.ts'

export interface LambdaOptions {
  readonly decide: Decide
  /** Longest request path, in bytes. */
  readonly pathBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
}

/** The part of Lambda's own context that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis?(): number
}

export type LambdaHandler = (event: unknown, context?: LambdaContext) => Promise<LambdaAnswer>

/** Rejects with `Unauthorized` for a 401 of a REST API, with another Error when nothing can be decided. */
export function createLambdaDoor(options: LambdaOptions): LambdaHandler {
  return async (event, context) => {
    const asked = readEvent(event)
    if (asked.kind === 'bad_event') throw new Error(`Bad event: ${asked.reason}`)
    return renderLambda(await judge(asked, context, options), asked)
  }
}

const bad = (reason: string): Decision =>
  refused(failure('bad_request', { message: reason, reason }))

async function judge(
  asked: Asked,
  context: LambdaContext | undefined,
  { decide, pathBytes, decisionTimeout }: LambdaOptions,
): Promise<Decision> {
  const { problem } = readFacts(asked.headers)
  if (problem !== undefined) return bad(problem)
  if (!isHeaderName(asked.method)) return bad('the method is none')
  const path = asked.path.length > pathBytes ? undefined : canonicalPath(asked.path)
  const host = canonicalHost(asked.host)
  if (path === undefined || host === undefined) return bad('the path or the host cannot be judged')
  const lifetime: Lifetime = {
    deadline: deadlineOf(remainingOf(context), decisionTimeout),
    onHangUp: () => undefined,
  }
  const request = createRequest(
    {
      door: 'lambda',
      method: asked.method,
      scheme: asked.scheme,
      schemeFallback: asked.scheme === 'wss' ? 'https' : undefined,
      host,
      path,
      query: asked.query,
      raw: { target: targetOf(asked), host: asked.host },
      headers: headersOf(asked.headers),
      client: { address: asked.sourceIp, peer: asked.sourceIp },
      body: bodyOf(asked),
      context: noContext,
      metadata: noMetadata,
    },
    lifetime,
  )
  try {
    return await decide(request)
  } finally {
    endLifetime(lifetime)
  }
}

/** The event never has it; a gateway says of an empty body what it says of others. */
function bodyOf({ method, headers }: Asked): RequestBody | undefined {
  const announced = announcedBody(headers)
  const isNone = !mayHaveBody(method) && (announced === undefined || announced === 0)
  return isNone ? undefined : withheldBody
}

/** The runtime needs it to send the answer: a call that it has to end resets the whole instance. */
const keptForAnswer = 100

function remainingOf(context: LambdaContext | undefined): number | undefined {
  const remaining = context?.getRemainingTimeInMillis?.()
  return remaining === undefined ? undefined : remaining - keptForAnswer
}

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

const targetOf = ({ path, query }: Asked): string => (query === '' ? path : `${path}?${query}`)

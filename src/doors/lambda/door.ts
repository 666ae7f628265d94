/** The Lambda authorizer for Amazon API Gateway. */
import { isHeaderName } from '../../lib/header-name.ts'
import type { Decide, Decision } from '../../model/decision.ts'
import { failure } from '../../model/failure.ts'
import type { RequestBody } from '../../model/request.ts'
import { readFacts } from '../http/facts.ts'
import { denyByDoor } from '../http/reply.ts'
import { createRequest, deadlineOf, endLifetime, type Lifetime } from '../request/access-request.ts'
import { headersOf } from '../request/headers.ts'
import { canonicalHost } from '../request/host.ts'
import type { PathReader } from '../request/path-reader.ts'
import { announcedBody, mayHaveBody, withheldBody } from '../request/withheld-body.ts'
import { type LambdaRequest, readEvent } from './event.ts'
import { type LambdaAnswer, renderLambda } from './render.ts'

export interface LambdaOptions {
  readonly decide: Decide
  readonly paths: PathReader
  /** Longest request path, in bytes. */
  readonly pathBytes: number
  /** Longest decision, in milliseconds. */
  readonly decisionTimeout: number
}

/** The used part of Lambda's context. */
export interface LambdaContext {
  getRemainingTimeInMillis?(): number
}

export type LambdaHandler = (event: unknown, context?: LambdaContext) => Promise<LambdaAnswer>

/** Rejects with `Unauthorized` for a 401 of a REST API, with another Error when the event is not valid or deciding fails. */
export function createLambdaDoor(options: LambdaOptions): LambdaHandler {
  return async (event, context) => {
    const received = readEvent(event)
    if (received.kind === 'bad_event') throw new Error(`Bad event: ${received.reason}`)
    return renderLambda(await decideEvent(received, context, options), received)
  }
}

const bad = (reason: string): Decision =>
  denyByDoor(failure('bad_request', { message: reason, reason }))

async function decideEvent(
  received: LambdaRequest,
  context: LambdaContext | undefined,
  { decide, paths, pathBytes, decisionTimeout }: LambdaOptions,
): Promise<Decision> {
  const { problem } = readFacts(received.headers)
  if (problem !== undefined) return bad(problem)
  if (!isHeaderName(received.method)) return bad('the method is not valid')
  const path = received.path.length > pathBytes ? undefined : paths.read(received.path)
  const host = canonicalHost(received.host)
  if (path === undefined || host === undefined) return bad('the path or the host is not valid')
  // API Gateway calls what the event names, not what it cleans to.
  if (path !== received.path && `${path}/` !== received.path) return bad('the path is not clean')
  const lifetime: Lifetime = {
    deadline: deadlineOf(remainingOf(context), decisionTimeout),
    onHangUp: () => undefined,
  }
  const request = createRequest(
    {
      door: 'lambda',
      method: received.method,
      scheme: received.scheme,
      schemeFallback: received.scheme === 'wss' ? 'https' : undefined,
      host,
      path,
      query: received.query,
      raw: { target: targetOf(received), host: received.host },
      headers: headersOf(received.headers),
      client: { address: received.sourceIp, peer: received.sourceIp },
      body: bodyOf(received),
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

/** The event never contains the body. API Gateway may announce it even if it is empty. */
function bodyOf({ method, headers }: LambdaRequest): RequestBody | undefined {
  const announced = announcedBody(headers)
  const isNone = !mayHaveBody(method) && (announced === undefined || announced === 0)
  return isNone ? undefined : withheldBody
}

/** Milliseconds left to send the answer: a call that times out resets the whole Lambda instance. */
const keptForAnswer = 100

function remainingOf(context: LambdaContext | undefined): number | undefined {
  const remaining = context?.getRemainingTimeInMillis?.()
  return remaining === undefined ? undefined : remaining - keptForAnswer
}

const noContext: ReadonlyMap<string, string> = new Map()
const noMetadata = {}

const targetOf = ({ path, query }: LambdaRequest): string =>
  query === '' ? path : `${path}?${query}`

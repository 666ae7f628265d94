/** Where a request of the port goes: a check, another method, or a refusal. */
import type { NewRequest } from '../../../../http2/connection.ts'
import type { StreamHandler } from '../../../../http2/stream.ts'
import { isGrpcType, notPost, type Refusal, tooManyCalls, unknownMethod } from '../refusals.ts'
import { type Route, type Routes, unaryRoutes } from '../route.ts'
import { createOpenCalls } from '../services/open-calls.ts'
import type { StreamMethod } from '../services/service.ts'
import { notGrpc, refuse } from './blocks.ts'
import { CheckCall } from './check-call.ts'
import { beginStreamCall } from './stream-call.ts'

/** Returns what receives the rest of the request; undefined: it was refused. */
export type OnRequest = (request: NewRequest) => StreamHandler | undefined

export function createOnRequest(routes: Routes): OnRequest {
  const unary = unaryRoutes(routes)
  const open = createOpenCalls()
  const refuseNew = (request: NewRequest, refusal: Refusal): undefined => {
    if (refusal.reason !== undefined) routes.onRefused(refusal.reason)
    refuse(request.stream, refusal)
  }
  const onStream = (request: NewRequest, method: StreamMethod): StreamHandler | undefined => {
    const onEnd = open.begin(method, request.stream.owner)
    if (onEnd === undefined) return refuseNew(request, tooManyCalls)
    return beginStreamCall(request, { route: routes, method, onEnd })
  }
  const onOther = (request: NewRequest): StreamHandler | undefined => {
    const { path, method } = request.head
    if (method !== 'POST') return refuseNew(request, notPost)
    const route = unary.get(path)
    if (route !== undefined) return beginUnary(request, route)
    const found = routes.methods.streams.get(path)
    return found === undefined ? refuseNew(request, unknownMethod) : onStream(request, found)
  }
  return request => {
    const { path, method, contentType } = request.head
    if (!isGrpcType(contentType)) {
      routes.onRefused('malformed')
      request.stream.sendHead(notGrpc, true)
      return undefined
    }
    return path === routes.path && method === 'POST'
      ? beginUnary(request, routes)
      : onOther(request)
  }
}

function beginUnary({ stream, head, isWhole }: NewRequest, route: Route): StreamHandler {
  const call = new CheckCall(stream, head, route)
  if (isWhole) call.end()
  return call
}

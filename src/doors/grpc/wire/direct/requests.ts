/** Where a request of the port goes: a check, a service behind it, or a refusal. */
import type { NewRequest } from '../../../../http2/connection.ts'
import type { StreamHandler } from '../../../../http2/stream.ts'
import { isGrpcType, tooMuch, unknownMethod } from '../refusals.ts'
import type { Route } from '../route.ts'
import { kindOf, mostLasting, type ServiceKind } from '../services/service-limits.ts'
import { notGrpc, refuse } from './blocks.ts'
import { CheckCall } from './check-call.ts'
import { beginServiceCall } from './service-call.ts'

/** Returns what receives the rest of the request; undefined: it was refused. */
export type OnRequest = (request: NewRequest) => StreamHandler | undefined

export function createOnRequest(route: Route): OnRequest {
  const open = new Map<ServiceKind, number>()
  const count = (kind: ServiceKind, change: number): number => {
    const now = (open.get(kind) ?? 0) + change
    open.set(kind, now)
    return now
  }
  const onService = (request: NewRequest, kind: ServiceKind): StreamHandler | undefined => {
    if (kind.isLasting && (open.get(kind) ?? 0) >= mostLasting) {
      refuse(request.stream, tooMuch)
      return undefined
    }
    count(kind, 1)
    return beginServiceCall(request, { route, kind, onEnd: () => void count(kind, -1) })
  }
  const onOther = (request: NewRequest): StreamHandler | undefined => {
    const { stream, head } = request
    const kind = isGrpcType(head.contentType) ? kindOf(head.path) : undefined
    if (kind !== undefined) return onService(request, kind)
    if (isGrpcType(head.contentType)) refuse(stream, unknownMethod)
    else stream.sendHead(notGrpc, true)
    return undefined
  }
  return request => {
    const { stream, head, isWhole } = request
    if (head.path !== route.path || !isGrpcType(head.contentType)) return onOther(request)
    const call = new CheckCall(stream, head, route)
    if (isWhole) call.end()
    return call
  }
}

/** Middleware for Node applications: decides like the proxy, but in the process of the application. */
import type { ServerResponse } from 'node:http'
import type { Decision } from '../../../model/decision.ts'
import { brokenDecision, denyByDoor } from '../../http/reply.ts'
import {
  answer,
  decideWithinGate,
  type Guarded,
  type GuardOptions,
  pass,
  read,
  setResponseHeaders,
} from './guarded-request.ts'

export type Next = (error?: unknown) => void

export type Middleware = (incoming: Guarded, response: ServerResponse, next: Next) => void

/**
 * Calls `next` for an allowed request, after replacing `headers` and `rawHeaders` with the upstream's; answers a
 * denied one itself. A body that a handler reads, the application reads again.
 */
export function createMiddleware(options: GuardOptions): Middleware {
  return (incoming, response, next) => {
    const found = read(incoming, response, options)
    if (found.kind === 'failure') return answer(response, denyByDoor(found), options)
    const onBug = (bug: unknown): void => {
      options.onBug(bug)
      answer(response, brokenDecision(bug), options)
    }
    const admitted = (decision: Decision): boolean => {
      if (decision.kind === 'deny') answer(response, decision, options)
      else {
        pass(incoming, { decision, reading: found })
        setResponseHeaders(response, incoming)
      }
      return decision.kind === 'allow'
    }
    void decideWithinGate(found, options)
      .then(admitted)
      .catch(bug => void onBug(bug))
      // Exceptions of the application are not caught here.
      .then(isAllowed => isAllowed === true && next())
  }
}

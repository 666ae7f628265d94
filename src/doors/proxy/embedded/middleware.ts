/** A step in front of a Node application's own handlers: the same judging as the proxy's, without a hop. */
import type { ServerResponse } from 'node:http'
import type { Decision } from '../../../model/decision.ts'
import { brokenDecision, refused } from '../../http/reply.ts'
import {
  answer,
  type Guarded,
  type GuardOptions,
  judgeInside,
  pass,
  read,
} from './guarded-request.ts'

export type Next = (error?: unknown) => void

export type Middleware = (incoming: Guarded, response: ServerResponse, next: Next) => void

/**
 * Calls `next` for what a rule allows, with its headers in `headers` and `rawHeaders` in place of the
 * client's; answers everything else itself. A rule whose authorizer reads the body is refused with 500: the
 * application would miss it.
 */
export function createMiddleware(options: GuardOptions): Middleware {
  return (incoming, response, next) => {
    const found = read(incoming, response, options)
    if (found.kind === 'failure') return answer(response, refused(found), options)
    const onBug = (bug: unknown): void => {
      options.onBug(bug)
      answer(response, brokenDecision(bug), options)
    }
    const admitted = (decision: Decision): boolean => {
      if (decision.kind === 'deny') answer(response, decision, options)
      else pass(incoming, { decision, reading: found })
      return decision.kind === 'allow'
    }
    void judgeInside(found, options)
      .then(admitted)
      .catch(bug => void onBug(bug))
      // What the application throws is its own.
      .then(isAllowed => isAllowed === true && next())
  }
}

/** A step in front of a Node application's own handlers: the same judging as the proxy's, without a hop. */
import type { ServerResponse } from 'node:http'
import type { Failure } from '../../model/failure.ts'
import { judge } from '../judge.ts'
import { overloaded, refused } from '../reply.ts'
import { answer, type Guarded, type GuardOptions, pass, read } from './guarded.ts'
import type { Reading } from './read.ts'

export type Next = (error?: unknown) => void

export type Middleware = (incoming: Guarded, response: ServerResponse, next: Next) => void

/**
 * Calls `next` for what a rule allows, with its headers in `headers` and `rawHeaders` in place of the
 * client's; answers everything else itself. A rule whose authorizer reads the body is refused with 500: the
 * application would miss it.
 */
export function createMiddleware(options: GuardOptions): Middleware {
  return (incoming, response, next) => {
    const found = admit(incoming, response, options)
    if (found.kind === 'failure') return answer(response, refused(found), options)
    void judge(found, options).then(decision => {
      if (decision.kind === 'deny') return answer(response, decision, options)
      pass(incoming, { decision, reading: found })
      next()
    })
  }
}

function admit(
  incoming: Guarded,
  response: ServerResponse,
  options: GuardOptions,
): Reading | Failure {
  const { gate } = options
  if (!gate.enter()) return overloaded
  response.once('close', gate.leave)
  return read(incoming, response, options)
}

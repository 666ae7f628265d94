import type { ServerResponse } from 'node:http'
import { createWriteBatch } from '../../lib/batch-writes.ts'
import { randomId } from '../../lib/random-id.ts'
import type { Decision, Reply } from '../../model/decision.ts'
import type { Failure } from '../../model/failure.ts'
import type { Gate } from '../gate.ts'
import { type DecideOptions, decideSafely } from '../http/decide-safely.ts'
import { beforeEarlyAnswer, drain } from '../http/drain.ts'
import { type Facts, readFacts } from '../http/facts.ts'
import type { RequestListener } from '../http/listener.ts'
import { noteRequest, requestOf } from '../http/noted-request.ts'
import { brokenDecision, denyByDoor, overloaded, renderReply } from '../http/reply.ts'
import { type DialectName, dialects } from './dialects.ts'
import { isBodiless, type ReadOptions, readRequest } from './read.ts'
import { render } from './render.ts'

export interface DecisionsOptions extends Omit<ReadOptions, 'dialect'>, DecideOptions {
  readonly gate: Gate
  readonly forwarded: DialectName
  readonly authRequest: boolean
  /** Called for every request that the door denies before the decision. */
  readonly onDoorDenial?: (failure: Failure) => void
  /** Name of the header for the decision id; empty: not sent. */
  readonly decisionIdHeader?: string
}

/** Answers requests of any method to `/decisions` and below; the caller has checked the route. */
export function createDecisionsDoor(options: DecisionsOptions): RequestListener {
  const reading: ReadOptions = { ...options, dialect: dialects[options.forwarded] }
  const writeBatch = createWriteBatch()
  return (incoming, response) => {
    const facts = readFacts(incoming.rawHeaders)
    const { gate, bodyBytes } = options
    const finish = (decision: Decision): void => {
      if (facts.announcesBody) beforeEarlyAnswer(incoming, response, bodyBytes)
      answer(response, decision, { options, facts })
      if (facts.announcesBody) drain(incoming, response, bodyBytes)
    }
    const refuse = (failed: Failure): void => {
      options.onDoorDenial?.(failed)
      finish(denyByDoor(failed))
    }
    if (facts.announcesBody && isBodiless(incoming)) response.shouldKeepAlive = false
    if (!gate.enter()) return refuse(overloaded)
    const found = readRequest({ incoming, response, facts }, reading)
    if (found.kind === 'failure') {
      gate.leave()
      return refuse(found)
    }
    noteRequest(response, found.request)
    void decideSafely(found, options).then(decision => {
      gate.leave()
      writeBatch(() => finish(decision))
    })
  }
}

interface Answering {
  readonly options: DecisionsOptions
  readonly facts: Facts
}

function answer(response: ServerResponse, decision: Decision, { options, facts }: Answering): void {
  const envoy = facts.envoyTimeout !== undefined
  try {
    const id = idHeader(response, options)
    render(response, decision, { envoy, authRequest: options.authRequest, id })
  } catch (bug) {
    options.onBug(bug)
    renderReply(response, lastResort(envoy))
  }
}

function idHeader(response: ServerResponse, { decisionIdHeader: name }: DecisionsOptions) {
  if (name === undefined || name === '') return undefined
  return [name, requestOf(response)?.id ?? randomId()] as const
}

function lastResort(envoy: boolean): Reply {
  const { reply } = brokenDecision(undefined)
  return envoy ? { ...reply, status: 403 } : reply
}

/**
 * The Check call: reads the message, decides, and writes the response. The call itself always succeeds with an
 * allow or a deny: a fail-open proxy lets requests pass after a gRPC error.
 */

import { type Awaitable, isPending, whenReady } from '../../lib/awaitable.ts'
import { guarded } from '../../lib/guarded.ts'
import type { Decide } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Gate } from '../gate.ts'
import { refusal } from '../refusal.ts'
import { deadlineOf, endLifetime, type Lifetime } from '../request/access-request.ts'
import { internalDenial, renderDenial } from './answer/denial.ts'
import { renderAllow, renderDeny } from './answer/render.ts'
import { type Audience, audienceOf, audienceOfWire } from './read/audience.ts'
import { decodeCheck } from './read/decode.ts'
import { type ReadOptions, readCheck } from './read/read.ts'
import type { Answerer, UnaryCall } from './wire/call.ts'

export interface GrpcDoorOptions extends ReadOptions {
  readonly decide: Decide
  readonly gate: Gate
  /** Time limit of one decision, in milliseconds. */
  readonly decisionTimeout: number
  /** Called for every check that the door denies before the decision. */
  readonly onDoorDenial: (failure: Failure) => void
  readonly onBug: (bug: unknown) => void
}

/** `decide` keeps the deadline itself. If it does not, the door denies this many milliseconds later. */
const afterDeadline = 3

export function createCheck(options: GrpcDoorOptions): Answerer {
  const { gate, onDoorDenial } = options
  return call => {
    if (gate.enter()) begin(options, call)
    else {
      onDoorDenial(busy)
      call.answer(overloaded)
    }
  }
}

/** Answers the call exactly once. */
function begin(options: GrpcDoorOptions, call: UnaryCall): void {
  const lifetime = lifetimeOf(call, options.decisionTimeout)
  const response = answerOf(options, call, lifetime)
  if (isPending(response)) answerLater(options, call, { lifetime, response })
  else {
    release(call, lifetime)
    options.gate.leave()
    call.answer(response)
  }
}

interface Pending {
  readonly lifetime: Lifetime
  readonly response: PromiseLike<Buffer>
}

function answerLater(
  options: GrpcDoorOptions,
  call: UnaryCall,
  { lifetime, response }: Pending,
): void {
  let answered = false
  const answer = (bytes: Buffer): void => {
    if (answered) return
    answered = true
    clearTimeout(backstop)
    release(call, lifetime)
    options.gate.leave()
    call.answer(bytes)
  }
  const left = lifetime.deadline - performance.now() + afterDeadline
  const backstop = setTimeout(
    guarded(() => answer(tooLate)),
    left,
  ).unref()
  Promise.resolve(response)
    .then(answer, bug => answer(unexpected(options, bug)))
    .catch(options.onBug)
}

function answerOf(
  options: GrpcDoorOptions,
  call: UnaryCall,
  lifetime: Lifetime,
): Awaitable<Buffer> {
  try {
    const wire = decodeCheck(call.message)
    if ('kind' in wire) return refuse(options, wire, 'http')
    const request = readCheck(wire, options, lifetime)
    if ('kind' in request) return refuse(options, request, audienceOfWire(wire))
    return decided(options, request)
  } catch (bug) {
    return unexpected(options, bug)
  }
}

const decided = ({ decide }: GrpcDoorOptions, request: AccessRequest): Awaitable<Buffer> =>
  whenReady(decide(request), decision =>
    decision.kind === 'allow'
      ? renderAllow(decision, request.id)
      : renderDeny({ ...decision, audience: audienceOf(request), id: request.id }),
  )

function refuse({ onDoorDenial }: GrpcDoorOptions, failed: Failure, audience: Audience): Buffer {
  onDoorDenial(failed)
  return renderDeny({ failure: failed, reply: refusal(failed), audience })
}

function unexpected({ onBug }: GrpcDoorOptions, bug: unknown): Buffer {
  onBug(bug)
  return internalDenial
}

function lifetimeOf(call: UnaryCall, most: number): Lifetime {
  const began = performance.now()
  return {
    began,
    deadline: deadlineOf(call.timeout, most, began),
    onHangUp: abort => call.onHangUp(abort),
  }
}

function release(call: UnaryCall, lifetime: Lifetime): void {
  if (lifetime.timer === undefined) return
  endLifetime(lifetime)
  call.release()
}

const busy = failure('service_unavailable', { message: 'Too many checks at once' })
const overloaded = renderDenial(refusal(busy))
const late = failure('gateway_timeout', { message: 'The decision took too long' })
const tooLate = renderDenial(refusal(late))

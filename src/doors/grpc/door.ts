/**
 * The Check call: message to request, decision to message. Whatever happens, the call itself succeeds and
 * says allow or deny: a gRPC error would open a proxy that lets errors pass.
 */
import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js'
import type { Decide } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { deadlineOf, endLifetime, type Lifetime } from '../access-request.ts'
import { headersOf } from '../headers.ts'
import { refusal } from '../refusal.ts'
import { decodeCheck, type WireCheck } from './decode.ts'
import { internalDenial, renderDenial } from './denial.ts'
import { flatHeaders } from './headers.ts'
import { isRpcCall, type ReadOptions, readCheck } from './read.ts'
import { renderDecision, rpcReply } from './render.ts'

export interface GrpcDoorOptions extends ReadOptions {
  readonly decide: Decide
  readonly limits: ReadOptions['limits'] & {
    /** Most milliseconds for one decision. */
    readonly decisionTimeout: number
    /** Most checks at once; the next is denied immediately. */
    readonly concurrent: number
    /** Most bytes of one message. */
    readonly messageBytes: number
  }
  readonly log: (event: string, fields: object) => void
}

type Call = ServerUnaryCall<Buffer, Buffer>
export type Check = handleUnaryCall<Buffer, Buffer>

/** `decide` answers in time by itself; this much later the door does, should it ever not. */
const afterDeadline = 3

export function createCheck(options: GrpcDoorOptions): Check {
  const { limits, log } = options
  let running = 0
  return (call, callback) => {
    if (running >= limits.concurrent) {
      log('check refused', { code: busy.code, reason: busy.info.message })
      callback(null, overloaded)
      return
    }
    running += 1
    begin(options, call, bytes => {
      running -= 1
      callback(null, bytes)
    })
  }
}

/** Calls `done` exactly once. */
function begin(options: GrpcDoorOptions, call: Call, done: (bytes: Buffer) => void): void {
  const lifetime = lifetimeOf(call, options.limits.decisionTimeout)
  const judged = judge(options, call, lifetime)
  if (!(judged instanceof Promise)) {
    done(judged)
    return
  }
  let answered = false
  const answer = (bytes: Buffer): void => {
    if (answered) return
    answered = true
    clearTimeout(backstop)
    release(call, lifetime)
    done(bytes)
  }
  const left = lifetime.deadline - performance.now() + afterDeadline
  const backstop = setTimeout(() => answer(tooLate), left).unref()
  judged.then(answer, bug => answer(unexpected(options, bug)))
}

function judge(options: GrpcDoorOptions, call: Call, lifetime: Lifetime): Buffer | Promise<Buffer> {
  try {
    const wire = decodeCheck(call.request)
    if (wire === undefined) return refuse(options, noCheck, false)
    const request = readCheck(wire, options, lifetime)
    if ('kind' in request) return refuse(options, request, isRpc(wire))
    return decided(options, request)
  } catch (bug) {
    return unexpected(options, bug)
  }
}

const decided = async ({ decide }: GrpcDoorOptions, request: AccessRequest): Promise<Buffer> => {
  const decision = await decide(request)
  return renderDecision(decision, isRpcCall(request.method, request.headers))
}

function refuse({ log }: GrpcDoorOptions, failed: Failure, rpc: boolean): Buffer {
  log('check refused', { code: failed.code, reason: failed.info.message })
  const reply = refusal(failed)
  return renderDenial(rpc ? rpcReply(failed, reply) : reply)
}

function unexpected({ log }: GrpcDoorOptions, bug: unknown): Buffer {
  log('check failed', { error: bug })
  return internalDenial
}

/** Of a request that could not be read: whether its client speaks gRPC. */
function isRpc({ attributes }: WireCheck): boolean {
  const http = attributes?.request?.http
  if (!http) return false
  const flat = flatHeaders(http, Number.POSITIVE_INFINITY)
  return !('kind' in flat) && isRpcCall(http.method, headersOf(flat))
}

function lifetimeOf(call: Call, most: number): Lifetime {
  const callers = Number(call.getDeadline()) - Date.now()
  return {
    deadline: deadlineOf(Number.isFinite(callers) ? callers : undefined, most),
    onHangUp: abort => {
      if (call.cancelled) abort()
      else call.once('cancelled', abort)
    },
  }
}

/** grpc-js says `cancelled` after a finished call too. */
function release(call: Call, lifetime: Lifetime): void {
  if (lifetime.timer === undefined) return
  endLifetime(lifetime)
  call.removeAllListeners('cancelled')
}

const noCheck = failure('bad_request', { message: 'The message is no CheckRequest' })
const busy = failure('service_unavailable', { message: 'Too many checks at once' })
const overloaded = renderDenial(refusal(busy))
const late = failure('gateway_timeout', { message: 'The decision took too long' })
const tooLate = renderDenial(refusal(late))

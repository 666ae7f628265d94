/**
 * The reverse proxy: an allowed request is sent to the rule's upstream. A denied request is answered here and never
 * reaches the upstream.
 */
import type { IncomingMessage } from 'node:http'
import { createWriteBatch } from '../../lib/batch-writes.ts'
import { guarded } from '../../lib/guarded.ts'
import type { Decision } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { enterUntilAnswered, type Gate } from '../gate.ts'
import { createBodyReader } from '../http/body-reader.ts'
import { type DecideOptions, decideSafely } from '../http/decide-safely.ts'
import { beforeEarlyAnswer, drain } from '../http/drain.ts'
import { readFacts } from '../http/facts.ts'
import type { RequestListener, UpgradeListener } from '../http/listener.ts'
import { noteRequest } from '../http/noted-request.ts'
import { brokenDecision, denyByDoor, overloaded, renderReply } from '../http/reply.ts'
import { type Incoming, sendContinue } from './incoming.ts'
import { createKeptBody } from './kept-body.ts'
import { type PassOptions, pass } from './pass.ts'
import { type Reading, type ReadOptions, type ReceivedRequest, readRequest } from './read.ts'
import { createUpgradeListener, type UpgradeOptions, upgradeProblem } from './upgrade.ts'

export interface ProxyOptions
  extends ReadOptions,
    DecideOptions,
    PassOptions,
    Pick<UpgradeOptions, 'watch'> {
  readonly gate: Gate
  /** Limits tunnels. They can live long, so they do not count in `gate`. */
  readonly tunnels: Gate
  /** Called for every request that the door denies before the decision. */
  readonly onDoorDenial?: (failure: Failure) => void
}

export interface ProxyDoor {
  readonly request: RequestListener
  readonly upgrade: UpgradeListener
}

export function createProxyDoor(options: ProxyOptions): ProxyDoor {
  const writeBatch = createWriteBatch()
  const handle = (received: Incoming): void => {
    const body = received.facts.announcesBody ? bodyOf(received, options) : undefined
    const found = admit({ ...received, body }, options)
    if (found.kind === 'failure') {
      options.onDoorDenial?.(found)
      deny(received, denyByDoor(found), options)
      return
    }
    const onBug = (bug: unknown): void => answerBug(received, bug, options)
    const { reading, leaveGate } = found
    noteRequest(received.response, reading.request)
    const finish = guarded((decision: Decision) => {
      if (decision.kind === 'allow') {
        const onTunnel = (): boolean => enterTunnel(received, leaveGate, options)
        const allowed = { ...received, body, reading, onTunnel, writeBatch }
        writeBatch(guarded(() => pass(allowed, decision, options), onBug))
      } else writeBatch(guarded(() => deny(received, decision, options), onBug))
    }, onBug)
    void decideSafely(reading, options).then(finish)
  }
  return {
    request: (incoming, response) =>
      handle({ incoming, response, facts: readFacts(incoming.rawHeaders) }),
    upgrade: createUpgradeListener({ handle, watch: options.watch }),
  }
}

const bodyOf = (received: Incoming, { bodyBytes }: ProxyOptions) =>
  createKeptBody(createBodyReader(received.incoming), bodyBytes, () => sendContinue(received))

interface Admitted {
  readonly kind: 'admitted'
  readonly reading: Reading
  /** Leaves the gate before the answer is sent. */
  readonly leaveGate: () => void
}

function admit(received: Incoming & ReceivedRequest, options: ProxyOptions): Admitted | Failure {
  const leaveGate = enterUntilAnswered(options.gate, received.response)
  if (leaveGate === undefined) return overloaded
  const unfit = upgradeProblem(received)
  if (unfit !== undefined) return unfit
  if (isTooLong(received.incoming, options.requestBytes)) return bodyTooLong
  const reading = readRequest(received, options)
  return reading.kind === 'failure' ? reading : { kind: 'admitted', reading, leaveGate }
}

const isTooLong = ({ headers }: IncomingMessage, most: number): boolean =>
  most > 0 && Number(headers['content-length'] ?? 0) > most

const bodyTooLong = failure('content_too_large', { message: 'the body is too long' })

/** Counts the request as a tunnel instead of a request; false: the limit of tunnels is reached. */
function enterTunnel(
  { upgrade }: Incoming,
  leaveGate: () => void,
  { tunnels }: ProxyOptions,
): boolean {
  if (upgrade === undefined || !tunnels.enter()) return false
  upgrade.socket.once('close', tunnels.leave)
  leaveGate()
  return true
}

function deny(
  { incoming, response, facts }: Incoming,
  { reply }: Decision & { readonly kind: 'deny' },
  { bodyBytes, onBug }: ProxyOptions,
): void {
  if (response.destroyed) return
  if (facts.announcesBody) beforeEarlyAnswer(incoming, response, bodyBytes)
  try {
    renderReply(response, reply)
  } catch (bug) {
    onBug(bug)
    renderReply(response, brokenDecision(bug).reply)
  }
  if (facts.announcesBody) drain(incoming, response, bodyBytes)
}

/** Answers 500 when an allowed request could not be sent on because of a bug. */
function answerBug({ response }: Incoming, bug: unknown, { onBug }: ProxyOptions): void {
  onBug(bug)
  if (response.headersSent) response.destroy()
  else renderReply(response, brokenDecision(bug).reply)
}

/**
 * The reverse proxy: a request is decided as it came, and what is allowed goes to the rule's upstream. What
 * is refused is answered here and never touches the upstream.
 */
import type { IncomingMessage } from 'node:http'
import { createWriteBatch } from '../../lib/batch-writes.ts'
import { guarded } from '../../lib/guarded.ts'
import type { Decision } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { type Gate, holdPlace } from '../gate.ts'
import { type DecideOptions, decideSafely } from '../http/decide-safely.ts'
import { beforeEarlyAnswer, drain } from '../http/drain.ts'
import { readFacts } from '../http/facts.ts'
import type { RequestListener, UpgradeListener } from '../http/listener.ts'
import { noteRequest } from '../http/noted-request.ts'
import { brokenDecision, overloaded, refused, renderReply } from '../http/reply.ts'
import { createBodyReader } from './body-reader.ts'
import { type Incoming, invite } from './incoming.ts'
import { keptBody } from './kept-body.ts'
import { type PassOptions, pass } from './pass.ts'
import { type Asked, type Reading, type ReadOptions, readRequest } from './read.ts'
import { createUpgradeListener, type UpgradeOptions, unfitForUpgrade } from './upgrade.ts'

export interface ProxyOptions
  extends ReadOptions,
    DecideOptions,
    PassOptions,
    Pick<UpgradeOptions, 'watch'> {
  readonly gate: Gate
  /** Of connections that became tunnels, which may live long: they leave the places of requests. */
  readonly tunnels: Gate
  /** Told of every request that is denied before a decision was asked for. */
  readonly onRefused?: (failure: Failure) => void
}

export interface ProxyDoor {
  readonly request: RequestListener
  readonly upgrade: UpgradeListener
}

export function createProxyDoor(options: ProxyOptions): ProxyDoor {
  const writeBatch = createWriteBatch()
  const handle = (asked: Incoming): void => {
    const body = asked.facts.announcesBody ? bodyOf(asked, options) : undefined
    const found = admit({ ...asked, body }, options)
    if (found.kind === 'failure') {
      options.onRefused?.(found)
      deny(asked, refused(found), options)
      return
    }
    const onBug = (bug: unknown): void => answerBug(asked, bug, options)
    const { reading, leave } = found
    noteRequest(asked.response, reading.request)
    const finish = guarded((decision: Decision) => {
      if (decision.kind === 'allow') {
        const onTunnel = (): boolean => enterTunnel(asked, leave, options)
        pass({ ...asked, body, reading }, decision, { ...options, onTunnel })
      } else writeBatch(guarded(() => deny(asked, decision, options), onBug))
    }, onBug)
    void decideSafely(reading, options).then(finish)
  }
  return {
    request: (incoming, response) =>
      handle({ incoming, response, facts: readFacts(incoming.rawHeaders) }),
    upgrade: createUpgradeListener({ handle, watch: options.watch }),
  }
}

const bodyOf = (asked: Incoming, { bodyBytes }: ProxyOptions) =>
  keptBody(createBodyReader(asked.incoming), bodyBytes, () => invite(asked))

interface Admitted {
  readonly kind: 'admitted'
  readonly reading: Reading
  /** Gives the place back before the answer is out. */
  readonly leave: () => void
}

function admit(asked: Incoming & Asked, options: ProxyOptions): Admitted | Failure {
  const leave = holdPlace(options.gate, asked.response)
  if (leave === undefined) return overloaded
  const unfit = unfitForUpgrade(asked)
  if (unfit !== undefined) return unfit
  if (isTooLong(asked.incoming, options.requestBytes)) return tooLong
  const reading = readRequest(asked, options)
  return reading.kind === 'failure' ? reading : { kind: 'admitted', reading, leave }
}

const isTooLong = ({ headers }: IncomingMessage, most: number): boolean =>
  most > 0 && Number(headers['content-length'] ?? 0) > most

const tooLong = failure('content_too_large', { message: 'the body is too long' })

/** Moves the request from the places of requests to those of tunnels; false: none is free. */
function enterTunnel({ upgrade }: Incoming, leave: () => void, { tunnels }: ProxyOptions): boolean {
  if (upgrade === undefined || !tunnels.enter()) return false
  upgrade.socket.once('close', tunnels.leave)
  leave()
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

/** A decision that could not be carried out is no longer one: the request ends here. */
function answerBug({ response }: Incoming, bug: unknown, { onBug }: ProxyOptions): void {
  onBug(bug)
  if (response.headersSent) response.destroy()
  else renderReply(response, brokenDecision(bug).reply)
}

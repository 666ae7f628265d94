/**
 * The reverse proxy: a request is judged as it came, and what is allowed goes to the rule's upstream. What
 * is refused is answered here and never touches the upstream.
 */
import type { IncomingMessage } from 'node:http'
import { createTogether } from '../../lib/together.ts'
import type { Decision } from '../../model/decision.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { drain } from '../drain.ts'
import { readFacts } from '../facts.ts'
import type { Gate } from '../gate.ts'
import { type Judging, judge } from '../judge.ts'
import { noteJudged } from '../judged.ts'
import type { RequestListener, UpgradeListener } from '../listener.ts'
import { brokenDecision, overloaded, refused, renderReply } from '../reply.ts'
import { type Incoming, invite } from './incoming.ts'
import { keptBody } from './kept-body.ts'
import { type PassOptions, pass } from './pass.ts'
import { type Asked, type Reading, type ReadOptions, readRequest } from './read.ts'
import { createUpgradeListener, type UpgradeOptions, unfitForUpgrade } from './upgrade.ts'

export interface ProxyOptions
  extends ReadOptions,
    Judging,
    PassOptions,
    Pick<UpgradeOptions, 'watch'> {
  readonly gate: Gate
  /** The most of a body that is kept for a handler that reads it, and of an unread one that is drained, in bytes. */
  readonly bodyBytes: number
  /** Told of every request that is denied before a decision was asked for. */
  readonly onRefused?: (failure: Failure) => void
}

export interface ProxyDoor {
  readonly request: RequestListener
  readonly upgrade: UpgradeListener
}

export function createProxyDoor(options: ProxyOptions): ProxyDoor {
  const together = createTogether()
  const handle = (asked: Incoming): void => {
    const { incoming, response, facts } = asked
    const body = facts.announcesBody
      ? keptBody(incoming, options.bodyBytes, () => invite(asked))
      : undefined
    const found = admit({ ...asked, body }, options)
    if (found.kind === 'failure') {
      options.onRefused?.(found)
      deny(asked, refused(found), options)
    } else {
      noteJudged(response, found.request)
      void judge(found, options).then(decision => {
        if (decision.kind === 'allow') pass({ ...asked, body, reading: found }, decision, options)
        else together(() => deny(asked, decision, options))
      })
    }
  }
  return {
    request: (incoming, response) =>
      handle({ incoming, response, facts: readFacts(incoming.rawHeaders) }),
    upgrade: createUpgradeListener({ handle, watch: options.watch }),
  }
}

function admit(asked: Incoming & Asked, options: ProxyOptions): Reading | Failure {
  const { gate } = options
  if (!gate.enter()) return overloaded
  asked.response.once('close', gate.leave)
  const unfit = unfitForUpgrade(asked)
  if (unfit !== undefined) return unfit
  if (isTooLong(asked.incoming, options.requestBytes)) return tooLong
  return readRequest(asked, options)
}

const isTooLong = ({ headers }: IncomingMessage, most: number): boolean =>
  most > 0 && Number(headers['content-length'] ?? 0) > most

const tooLong = failure('content_too_large', { message: 'the body is too long' })

function deny(
  { incoming, response, facts }: Incoming,
  { reply }: Decision & { readonly kind: 'deny' },
  { bodyBytes, onBug }: ProxyOptions,
): void {
  if (response.destroyed) return
  try {
    renderReply(response, reply)
  } catch (bug) {
    onBug(bug)
    renderReply(response, brokenDecision(bug).reply)
  }
  if (facts.announcesBody) drain(incoming, bodyBytes)
}

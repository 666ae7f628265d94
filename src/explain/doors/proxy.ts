/** The proxy, as a client asks it. Nothing is forwarded. */
import { readFacts } from '../../doors/http/facts.ts'
import { bodyOf } from '../../doors/http/http-body.ts'
import { denyByDoor, renderReply } from '../../doors/http/reply.ts'
import { type ReadOptions, readRequest } from '../../doors/proxy/read.ts'
import { upstreamHeaders } from '../../doors/proxy/request-headers.ts'
import { upstreamTarget } from '../../doors/proxy/target.ts'
import { headerPairs } from '../../lib/header-pairs.ts'
import type { Allow, Decision, Reply } from '../../model/decision.ts'
import { failure, message } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type AskedRequest, withLength } from '../asked.ts'
import type { DoorAnswer, OfflineDoor } from './contract.ts'
import { incomingOf, writtenAnswer } from './offline.ts'

export interface ProxyOptions extends Omit<ReadOptions, 'door' | 'scheme' | 'onUnixSocket'> {
  /** Most bytes of a body that are kept for handlers. */
  readonly bodyBytes: number
}

export const createProxy = (options: ProxyOptions): OfflineDoor => ({
  read: asked => {
    const incoming = incomingOf({ ...asked, headers: headersOf(asked) })
    const { response } = writtenAnswer()
    const body = asked.body && bodyOf(incoming, options.bodyBytes)
    const facts = readFacts(incoming.rawHeaders)
    const found = readRequest(
      { incoming, response, facts, body },
      { ...options, door: 'proxy', scheme: asked.scheme, onUnixSocket: true },
    )
    return found.kind === 'failure' ? found : found.request
  },
  answer: answerOf,
  refuse: failed => denied(denyByDoor(failed).reply),
})

const headersOf = (asked: AskedRequest): AskedRequest['headers'] => [
  ['Host', asked.host],
  ...withLength(asked).filter(([name]) => name.toLowerCase() !== 'host'),
]

function answerOf(decision: Decision, request: AccessRequest): DoorAnswer {
  if (decision.kind === 'deny') return denied(decision.reply)
  const { upstream } = decision
  return upstream?.origin === undefined
    ? denied(denyByDoor(noUpstream).reply)
    : forwarded(decision, upstream, request)
}

const noUpstream = failure('internal_server_error', { message: message.internal })

function forwarded(
  decision: Allow,
  upstream: NonNullable<Allow['upstream']>,
  request: AccessRequest,
): DoorAnswer {
  const { changes } = decision
  const host = upstream.preserveHost ? request.raw.host : upstream.host
  return {
    status: 200,
    headers: headerPairs(upstreamHeaders([], decision, { host, carried: {} })),
    removed: changes.remove.map(name => name.toLowerCase()),
    responseHeaders: [...changes.response].flatMap(([name, values]) =>
      values.map(value => [name, value] as const),
    ),
    body: '',
    target: `${upstream.origin}${upstreamTarget(upstream, request, changes.query)}`,
  }
}

function denied(reply: Reply): DoorAnswer {
  const { response, read } = writtenAnswer()
  renderReply(response, reply)
  return { ...read(), removed: [], responseHeaders: [] }
}

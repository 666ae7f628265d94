/** The decision API, as a proxy with the configured dialect asks it. */
import { type DialectName, dialects } from '../../doors/decisions/dialects.ts'
import { prefix, type ReadOptions, readRequest } from '../../doors/decisions/read.ts'
import { render } from '../../doors/decisions/render.ts'
import { readFacts } from '../../doors/http/facts.ts'
import { denyByDoor } from '../../doors/http/reply.ts'
import { unixSocket } from '../../doors/request/peer.ts'
import type { Trust } from '../../doors/request/trust.ts'
import type { Decision } from '../../model/decision.ts'
import { type AskedRequest, withLength } from '../asked.ts'
import type { DoorAnswer, OfflineDoor } from './contract.ts'
import { incomingOf, type Sent, writtenAnswer } from './offline.ts'

export interface DecisionsOptions
  extends Omit<ReadOptions, 'dialect' | 'scheme' | 'trust' | 'onUnixSocket' | 'onIgnored'> {
  readonly forwarded: DialectName
  readonly authRequest: boolean
  readonly trust: Trust
}

export function createDecisions(options: DecisionsOptions): OfflineDoor {
  const { forwarded, authRequest, trust } = options
  const write = (decision: Decision): DoorAnswer => {
    const { response, read } = writtenAnswer()
    render(response, decision, { envoy: forwarded === 'envoy', authRequest })
    return answerOf(read())
  }
  return {
    read: asked => {
      const incoming = incomingOf(checkOf(asked, forwarded))
      const { response } = writtenAnswer()
      const found = readRequest(
        { incoming, response, facts: readFacts(incoming.rawHeaders) },
        {
          ...options,
          dialect: dialects[forwarded],
          scheme: asked.scheme,
          // The proxy that asks is trusted; addresses before it are trusted as configured.
          trust: peer => peer === unixSocket || trust(peer),
          onUnixSocket: true,
          onIgnored: () => undefined,
        },
      )
      return found.kind === 'failure' ? found : found.request
    },
    answer: write,
    refuse: failed => write(denyByDoor(failed)),
  }
}

const removal = 'x-envoy-auth-headers-to-remove'

function answerOf({ status, headers, body }: Pick<DoorAnswer, 'status' | 'headers' | 'body'>) {
  const isOwn = ([name]: readonly [string, string]): boolean =>
    name.toLowerCase() !== removal && name !== 'Content-Length'
  const removed = headers.find(([name]) => name.toLowerCase() === removal)?.[1]
  return {
    status,
    headers: headers.filter(isOwn),
    removed: removed === undefined ? [] : removed.toLowerCase().split(', '),
    responseHeaders: [],
    body,
  }
}

/** Headers by which proxies describe a request. */
const describing = /^(?:x-forwarded-(?:method|proto|host|uri)|x-original-(?:method|url))$/i
const forwardedFor = /^x-forwarded-for$/i

/** The check that the proxy sends. Proxies of the dialect `auto` may pass on what clients send, others replace it. */
function checkOf(asked: AskedRequest, forwarded: DialectName): Sent {
  const { method, target, address, body } = asked
  const keeps = forwarded === 'auto'
  const rest = withLength(asked).filter(
    ([name]) =>
      (keeps || !describing.test(name)) && !/^host$/i.test(name) && !forwardedFor.test(name),
  )
  const before = asked.headers.filter(([name]) => forwardedFor.test(name))
  const hops = [...before.map(([, value]) => value), address].join(', ')
  const described = descriptions[forwarded](asked)
  const written = new Set(rest.map(([name]) => name.toLowerCase()))
  return {
    method: described.own ? method : 'GET',
    target: described.own ? `${prefix}${target}` : prefix,
    headers: [
      ...described.headers.filter(([name]) => !written.has(name.toLowerCase())),
      ['X-Forwarded-For', hops],
      ...rest,
    ],
    body,
  }
}

interface Described {
  /** The check has the request's own method and target. */
  readonly own: boolean
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const own = ({ host, scheme }: AskedRequest): Described => ({
  own: true,
  headers: [
    ['Host', host],
    ['X-Forwarded-Proto', scheme],
  ],
})

const descriptions: Readonly<Record<DialectName, (asked: AskedRequest) => Described>> = {
  auto: own,
  off: ({ host }) => ({ own: true, headers: [['Host', host]] }),
  envoy: asked => ({
    own: true,
    headers: [...own(asked).headers, ['X-Envoy-Expected-Rq-Timeout-Ms', '10000']],
  }),
  'x-forwarded': ({ method, scheme, host, target }) => ({
    own: false,
    headers: [
      ['Host', 'oarlock'],
      ['X-Forwarded-Method', method],
      ['X-Forwarded-Proto', scheme],
      ['X-Forwarded-Host', host],
      ['X-Forwarded-Uri', target],
    ],
  }),
  'x-original': ({ method, scheme, host, target }) => ({
    own: false,
    headers: [
      ['Host', 'oarlock'],
      ['X-Original-Method', method],
      ['X-Original-URL', `${scheme}://${host}${target}`],
    ],
  }),
}

/** Handles status 101 of the upstream: joins the two connections if the client asked for the protocol. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { guarded } from '../../lib/guarded.ts'
import { filterHeaders, firstHeader } from '../../lib/header-pairs.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { AnswerHead } from '../../outbound/upstream/call.ts'
import { checkHeaders } from './answer-check.ts'
import { answerHeaders } from './answer-headers.ts'
import { type ClientUpgrade, type ExchangeState, fail, finish } from './exchange-state.ts'
import { joinTunnel } from './tunnel.ts'

export interface Switched {
  readonly head: AnswerHead
  readonly socket: Duplex
  /** The first bytes of the new protocol. */
  readonly rest: Buffer
}

export interface SwitchOptions {
  readonly upgrade: ClientUpgrade | undefined
  /** Called before the request becomes a tunnel; false: the limit is reached. */
  readonly onTunnel: () => boolean
  /** Milliseconds that one side has to close after the other side has closed. */
  readonly writeTimeout: number
  /** What the rule sets in the answer. */
  readonly own: HeaderMap
}

export function switchProtocol(
  state: ExchangeState,
  switched: Switched,
  options: SwitchOptions,
): void {
  const { upgrade } = options
  const problem = problemOf(switched.head, upgrade)
  if (state.isOver || upgrade === undefined || problem !== undefined) {
    discard(switched.socket)
    fail(state, new Error(problem))
  } else if (!options.onTunnel()) {
    discard(switched.socket)
    fail(state, new Error('the limit of tunnels is reached'), 503)
  } else connect(state, switched, { ...options, upgrade })
}

interface Agreed extends SwitchOptions {
  readonly upgrade: ClientUpgrade
}

function connect(state: ExchangeState, { head, socket, rest }: Switched, agreed: Agreed): void {
  const { response, events } = state
  const { upgrade, writeTimeout: lingering } = agreed
  response.writeHead(101, tunnelHeaders(head, response, agreed.own))
  response.flushHeaders()
  finish(state)
  response.detachSocket(upgrade.socket as never)
  // Node emits `close` only for a response that still has its socket.
  upgrade.socket.once(
    'close',
    guarded(() => void response.emit('close'), events.onBug),
  )
  joinTunnel(upgrade, { socket, head: rest }, { lingering, onBug: events.onBug })
}

function discard(socket: Duplex): void {
  // An error without a listener would end the process.
  socket.on('error', () => undefined)
  socket.destroy()
}

/** Why the answer is not valid; undefined: the client asked for its protocol. */
function problemOf(
  { headers }: AnswerHead,
  upgrade: ClientUpgrade | undefined,
): string | undefined {
  if (upgrade === undefined) return 'found status 101 for a request without Upgrade'
  const [chosen = ''] = protocolsOf(firstHeader(headers, 'upgrade') ?? '')
  if (!protocolsOf(upgrade.protocol).includes(chosen)) {
    return `found the protocol ${JSON.stringify(chosen)} after status 101, expected ${upgrade.protocol}`
  }
  return checkHeaders(headers)
}

const protocolsOf = (value: string): readonly string[] =>
  value
    .toLowerCase()
    .split(',')
    .map(protocol => protocol.trim())

const framing = new Set(['content-length', 'content-type'])

function tunnelHeaders(head: AnswerHead, response: ServerResponse, own: HeaderMap): string[] {
  const { flat } = answerHeaders(head.headers, { response, announcesTrailers: false, own })
  const upgrade = firstHeader(head.headers, 'upgrade') ?? ''
  const kept = filterHeaders(flat, name => !framing.has(name.toLowerCase()))
  return ['Connection', 'Upgrade', 'Upgrade', upgrade, ...kept]
}

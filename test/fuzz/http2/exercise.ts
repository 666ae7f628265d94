/** Sends bytes to one connection that serves checks, and checks what must hold whatever they are. */
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { UnaryCall } from '../../../src/doors/grpc/wire/call.ts'
import { type Bounds, createBounds, type Holder } from '../../../src/http2/bounds.ts'
import { openCheckPeer, type Peer, settle } from '../../support/http2-peer.ts'
import { until } from '../../support/until.ts'
import type { Random } from '../random.ts'
import { assertAnswers } from './answers.ts'

const bytes = 200_000
const readTimeout = 1000

export async function exercise(random: Random, sent: Buffer): Promise<void> {
  const { bounds, left } = followed(createBounds({ bytes, holders: random.pick([1, 5, 100, 100]) }))
  const bugs: unknown[] = []
  const late: Late[] = []
  const peer = await openCheckPeer(
    {
      bounds,
      readTimeout,
      streams: random.pick([1, 3, 100, 100]),
      onBug: bug => void bugs.push(bug),
    },
    { answer: call => answer(random, call, late) },
    Buffer.alloc(0),
  )
  await send(random, { peer, sent, bounds, late })
  await leave(random, peer)
  for (const one of late.splice(0)) answerWith(random, one)
  await until(() => peer.isClosed() && left() === '', `nothing is left, ${left()}`)
  assert.deepEqual(bugs, [])
  assertAnswers(sent, peer.all())
}

interface Sending {
  readonly peer: Peer
  readonly sent: Buffer
  readonly bounds: Bounds
  readonly late: Late[]
}

/** A call that is answered later, and what it asked. */
interface Late {
  readonly call: UnaryCall
  readonly message: Buffer
}

async function send(random: Random, sending: Sending): Promise<void> {
  const restless = random.pick([0, 0, 0.01, 0.1])
  for (const chunk of chunksOf(random, sending.sent)) {
    sending.peer.socket.write(chunk)
    if (random.chance(0.5)) await nextTurn()
    if (random.chance(restless)) disturb(random, sending)
  }
  await settle()
}

/** What happens to a connection besides its bytes. */
function disturb(random: Random, { peer, bounds, late }: Sending): void {
  const events = [
    () => bounds.sweep(performance.now() + random.int(2 * readTimeout)),
    () => peer.session.check(performance.now() + random.int(30_000)),
    () => random.chance(0.2) && peer.session.leave(),
    () => late.splice(0).forEach(one => void answerWith(random, one)),
  ]
  random.pick(events)()
}

async function leave(random: Random, { socket, session }: Peer): Promise<void> {
  const ways = [
    () => socket.destroy(),
    () => socket.end(),
    () => session.destroy(),
    () => session.leave(),
  ]
  random.pick(ways)()
  await settle()
  session.destroy()
  await settle()
}

function answer(random: Random, call: UnaryCall, late: Late[]): void {
  const one = { call, message: call.message }
  if (random.chance(0.2)) call.onHangUp(() => undefined)
  if (random.chance(0.5)) answerWith(random, one)
  else late.push(one)
}

/** The message, sometimes with many bytes behind it. */
function answerWith(random: Random, { call, message }: Late): void {
  const more = random.chance(0.2) ? Buffer.alloc(random.int(100_000)) : Buffer.alloc(0)
  call.answer(Buffer.concat([message, more]))
}

/** Pieces of any length, one byte each at times. */
export function chunksOf(random: Random, sent: Buffer): readonly Buffer[] {
  const most = random.pick([1, 10, 100, 10_000])
  const least = sent.length / 300
  const chunks: Buffer[] = []
  for (let at = 0; at < sent.length; ) {
    const length = Math.ceil(least) + random.int(most)
    chunks.push(sent.subarray(at, at + length))
    at += length
  }
  return chunks
}

/** `left`: what is still in the bounds, as text; empty: nothing. */
function followed(bounds: Bounds): { readonly bounds: Bounds; readonly left: () => string } {
  const waiting = new Set<Holder>()
  const holding = new Set<Holder>()
  const left = (): string => {
    const held = [...holding].reduce((sum, holder) => sum + holder.held, 0)
    return waiting.size === 0 && held === 0
      ? ''
      : `${[...waiting].map(holder => holder.constructor.name)} wait, ${held} bytes`
  }
  return {
    left,
    bounds: {
      ...bounds,
      add: holder => {
        waiting.add(holder)
        bounds.add(holder)
      },
      remove: holder => {
        waiting.delete(holder)
        bounds.remove(holder)
      },
      hold: (holder, more) => {
        holding.add(holder)
        return bounds.hold(holder, more)
      },
    },
  }
}

/** Random frames, most of them valid, and mutated ones. */
import {
  check,
  checkHeaders,
  field,
  flag,
  frame,
  openStream,
  setting,
  settings,
  type,
  uint32,
} from '../../faults/http2-frames.ts'
import { encodeFields } from '../../support/header-blocks.ts'
import { randomFields } from '../../support/hpack-blocks.ts'
import { hello } from '../../support/http2-peer.ts'
import type { Random } from '../random.ts'
import { exercise } from './exercise.ts'
import { mutated } from './mutate.ts'

export async function fuzzFrames(random: Random): Promise<void> {
  const frames: Buffer[] = [hello]
  const state = { next: 1, oddity: random.pick([0, 0.02, 0.2]) }
  for (let i = random.int(120); i > 0; i -= 1) frames.push(anyFrame(random, state))
  const bytes = Buffer.concat(frames)
  await exercise(random, random.chance(0.3) ? mutated(random, bytes, hello.length) : bytes)
}

interface State {
  /** The next stream of the client. */
  next: number
  /** How many frames may be errors. */
  readonly oddity: number
}

const kinds = Object.values(type)
const numbers = [0, 1, 5, 100, 16_384, 65_535, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

const anyFrame = (random: Random, state: State): Buffer =>
  random.pick(random.chance(state.oddity) ? odd : sound)(random, state)

const known = (random: Random, { next }: State): number =>
  random.chance(0.05) ? random.int(next + 4) : Math.max(1, next - 2 - 2 * random.int(4))

function opened(state: State): number {
  const stream = state.next
  state.next += 2
  return stream
}

const bytesOf = (random: Random, most: number): Buffer =>
  Buffer.alloc(random.int(most), random.int(256))

const message = (random: Random): Buffer =>
  bytesOf(random, random.pick([10, 10, 1000, 20_000])).subarray(0, 16_000)

const flagsOf = (random: Random): number =>
  random.pick([0, 0, flag.endStream, flag.endHeaders, 5, 8, 13, 32, 45, random.int(256)])

/** A check in pieces, with padding, and with its end in a frame of its own. */
function checkInPieces(random: Random, state: State): Buffer {
  const stream = opened(state)
  const content = message(random)
  const body = Buffer.concat([
    Buffer.of(random.chance(0.9) ? 0 : 1),
    uint32(content.length),
    content,
  ])
  const at = random.int(body.length + 1)
  const pad = random.int(20)
  return Buffer.concat([
    openStream(stream),
    frame({ type: type.data, stream, payload: body.subarray(0, at) }),
    random.chance(0.3) ? anyFrame(random, state) : Buffer.alloc(0),
    frame({
      type: type.data,
      flags: 8,
      stream,
      payload: Buffer.concat([Buffer.of(pad), body.subarray(at), Buffer.alloc(pad)]),
    }),
    random.chance(0.5)
      ? frame({ type: type.data, flags: flag.endStream, stream })
      : frame({ type: type.headers, flags: 5, stream, payload: field('x', 'y') }),
  ])
}

type Maker = (random: Random, state: State) => Buffer

function checkWithContinuation(random: Random, state: State): Buffer {
  const stream = opened(state)
  const more = encodeFields(randomFields(random))
  return Buffer.concat([
    frame({ type: type.headers, stream, payload: checkHeaders.subarray(0, 20) }),
    frame({ type: type.continuation, stream, payload: checkHeaders.subarray(20) }),
    frame({ type: type.continuation, flags: flag.endHeaders, stream, payload: more }),
    frame({ type: type.data, flags: flag.endStream, stream, payload: framed(random) }),
  ])
}

const framed = (random: Random): Buffer => {
  const content = message(random)
  return Buffer.concat([Buffer.of(0), uint32(content.length), content])
}

/** Frames that a client may send, at least after it has opened a stream. */
const sound: readonly Maker[] = [
  (random, state) => check(opened(state), message(random)),
  (random, state) => check(opened(state), message(random)),
  checkInPieces,
  checkWithContinuation,
  (_, state) => openStream(opened(state)),
  (random, state) => {
    const stream = opened(state)
    return Buffer.concat([
      random.chance(0.5) ? check(stream, message(random)) : openStream(stream),
      frame({ type: type.reset, stream, payload: uint32(8) }),
    ])
  },
  random => frame({ type: type.windowUpdate, payload: uint32(1 + random.int(70_000)) }),
  (random, state) => {
    const stream = opened(state)
    return Buffer.concat([
      check(stream, message(random)),
      frame({ type: type.windowUpdate, stream, payload: uint32(1 + random.int(70_000)) }),
    ])
  },
  random => settings(setting(4, random.pick([0, 1, 100, 65_535, 100_000]))),
  random => settings(setting(1, random.pick([0, 100, 4096]))),
  random => frame({ type: type.ping, flags: random.int(2), payload: Buffer.alloc(8) }),
  () => frame({ type: type.priority, stream: 1, payload: Buffer.alloc(5) }),
  random => frame({ type: 20 + random.int(200), payload: bytesOf(random, 40) }),
]

const odd: readonly Maker[] = [
  (random, state) =>
    frame({
      type: type.headers,
      flags: flagsOf(random),
      stream: random.chance(0.8) ? opened(state) : known(random, state),
      payload: Buffer.concat([checkHeaders, encodeFields(randomFields(random))]),
    }),
  (random, state) =>
    frame({
      type: type.data,
      flags: flagsOf(random),
      stream: known(random, state),
      payload: message(random),
    }),
  (random, state) => frame({ type: type.reset, stream: known(random, state), payload: uint32(8) }),
  (random, state) =>
    frame({
      type: type.windowUpdate,
      stream: random.chance(0.5) ? 0 : known(random, state),
      payload: uint32(random.pick(numbers)),
    }),
  random => settings(setting(random.int(8), random.pick(numbers))),
  (random, state) =>
    frame({
      type: random.chance(0.9) ? random.pick(kinds) : random.int(256),
      flags: flagsOf(random),
      stream: random.chance(0.5) ? 0 : known(random, state),
      payload: bytesOf(random, 40),
    }),
  random => frame({ type: type.goaway, payload: Buffer.alloc(8, random.int(2)) }),
]

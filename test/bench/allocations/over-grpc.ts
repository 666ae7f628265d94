/** Checks over the port's own HTTP/2, on a connection in memory. */
import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGate } from '../../../src/doors/gate.ts'
import { createCheck } from '../../../src/doors/grpc/door.ts'
import { createOnRequest } from '../../../src/doors/grpc/wire/direct/requests.ts'
import { createTrust } from '../../../src/doors/request/trust.ts'
import { decide } from '../../../src/engine/decide.ts'
import { serveSession } from '../../../src/http2/session.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'
import {
  check,
  flag,
  frame,
  preface,
  setting,
  settings,
  streamOf,
  type,
  uint32,
} from '../../faults/http2-frames.ts'
import { routeOf, sessionOptions } from '../../support/http2-peer.ts'
import { defaultPaths } from '../../support/paths.ts'
import { encodeCheck } from '../check-request.ts'
import { ruleMix } from '../request.ts'
import type { Work } from './count.ts'

/** As many checks arrive in one piece. */
const together = 16
const limits = { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 1_048_576 }

export async function overGrpc(rules: RuleSet, token?: string): Promise<Work<Buffer>> {
  const client = connectTo(rules)
  await client.write(hello)
  const messages = ruleMix(rules.definitions.length).map(rule => encodeCheck(rule, token))
  let sent = 0
  const piece = (): Buffer => {
    const checks = Array.from({ length: together }, () =>
      check(streamOf(sent++), messages[sent % messages.length] as Buffer),
    )
    return Buffer.concat(checks)
  }
  return {
    prepare: decisions => Array.from({ length: decisions / together }, piece),
    run: async bytes => {
      const expected = client.answers() + together
      await client.write(bytes)
      while (client.answers() < expected) await nextTurn()
    },
  }
}

const initialWindow = 4
const largest = 2 ** 31 - 1
const first = 65_535

/** Answers never wait for a window. */
const hello = Buffer.concat([
  preface,
  settings(setting(initialWindow, largest)),
  frame({ type: type.settings, flags: flag.ack }),
  frame({ type: type.windowUpdate, payload: uint32(largest - first) }),
])

interface Client {
  readonly write: (bytes: Buffer) => Promise<void>
  /** How many checks were answered. */
  readonly answers: () => number
}

function connectTo(rules: RuleSet): Client {
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  const options = sessionOptions()
  const answer = createCheck({
    decide: (request, trace) => decide(rules, request, trace),
    gate: createGate(1000),
    trust: createTrust([]),
    paths: defaultPaths,
    limits,
    decisionTimeout: 10_000,
    onDoorDenial: failure => options.onBug(new Error(failure.code)),
    onBug: options.onBug,
  })
  const onRequest = createOnRequest(routeOf(options, { answer }))
  serveSession(theirs, { ...options, onRequest }, () => undefined)
  let answers = 0
  ours.on('data', (bytes: Buffer) => {
    answers += endsIn(bytes)
  })
  return {
    write: bytes => new Promise(resolve => ours.write(bytes, () => resolve())),
    answers: () => answers,
  }
}

/** Frames with trailers in these bytes; pairs of streams do not cut what was written. */
function endsIn(bytes: Buffer): number {
  let ends = 0
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const isEnd = ((bytes[at + 4] ?? 0) & flag.endStream) !== 0
    if (bytes[at + 3] === type.headers && isEnd) ends += 1
  }
  return ends
}

/** Recorded sessions of real clients at the gRPC port get the same answers wherever their bytes are cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients } from './http2/recorded/clients.ts'
import { readRecordings, type Session } from './http2/recorded/format.ts'
import { type Outcomes, summaryOf } from './http2/recorded/outcome.ts'
import { createPort, type Port } from './http2/recorded/port.ts'
import { asRecorded, byteByByte, cutAt, lengthOf, replay } from './http2/recorded/replay.ts'

const recordings = readRecordings()
/** Replays that run at once share the turns of the event loop. */
const atOnce = 50

test('there is a recording of each client, with an allowed and a denied check', () => {
  assert.deepEqual(Object.keys(recordings).sort(), Object.keys(clients).sort())
  for (const { client, sessions } of Object.values(recordings)) {
    const streams = sessions.flatMap(session => Object.values(session.streams)).join('\n')
    for (const decision of ['allowed', 'denied']) {
      assert.match(
        streams,
        new RegExp(`Check, 200, grpc-status 0, ${decision}, END_STREAM`),
        client,
      )
    }
  }
})

for (const { client, sessions } of Object.values(recordings)) {
  test(`sessions of ${client} get the same answers wherever they are cut`, async t => {
    const port = createPort()
    for (const session of sessions) t.diagnostic(`${await replayCut(port, session)} replays`)
    assert.ok(port.isEmpty(), 'nothing is held')
  })
}

/** Returns the number of replays. */
async function replayCut(port: Port, session: Session): Promise<number> {
  const whole = await replay(port, asRecorded(session), session.progress)
  assert.deepEqual(summaries(session, whole), session.streams)
  const length = lengthOf(session)
  let replays = 0
  for (let from = 1; from < length; from += atOnce) {
    const cuts = Array.from({ length: Math.min(atOnce, length - from) }, (_, i) => from + i)
    await Promise.all(
      cuts.map(async at => {
        const where = `cut at byte ${at}`
        const cut = await replay(port, cutAt(session, at), session.progress).catch(cause => {
          throw new Error(where, { cause })
        })
        assert.deepEqual(cut, whole, where)
        replays += 1
      }),
    )
  }
  const single = await replay(port, byteByByte(session), session.progress)
  assert.deepEqual(single, whole, 'byte by byte')
  assert.equal(replays, length - 1)
  assert.ok(replays > 100)
  return replays
}

/** Paths are those of the recording: the port does not know what was asked. */
const summaries = ({ streams }: Session, outcomes: Outcomes): Session['streams'] =>
  Object.fromEntries(
    Object.entries(outcomes).map(([stream, outcome]) => [
      stream,
      summaryOf(streams[stream]?.split(', ')[0] ?? 'no path', outcome),
    ]),
  )

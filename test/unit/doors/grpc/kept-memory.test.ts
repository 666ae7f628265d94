/** What a check keeps in memory while it is decided. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createGate } from '../../../../src/doors/gate.ts'
import { createCheck } from '../../../../src/doors/grpc/door.ts'
import { createTrust } from '../../../../src/doors/request/trust.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { check, frame, streamOf } from '../../../faults/http2-frames.ts'
import { checkOf } from '../../../support/check.ts'
import { openCheckPeer } from '../../../support/http2-peer.ts'
import { defaultPaths } from '../../../support/paths.ts'
import { until } from '../../../support/until.ts'

const checks = 100
/** Frames that are ignored, so that a check of some bytes is a part of a chunk of 58 kB. */
const ignored = frame({ type: 99, payload: Buffer.alloc(16_384) })
const around = [ignored, ignored, ignored]
const last = frame({ type: 99, payload: Buffer.alloc(9000) })
const metadata = { metadata_context: { filter_metadata: { 'a.b': { fields: { c: {} } } } } }

const messages: Readonly<Record<string, Buffer>> = {
  'without a body': checkOf(),
  'with a body': checkOf({ method: 'POST', raw_body: Buffer.from('body') }),
  'with metadata': checkOf({}, metadata),
}

for (const [what, message] of Object.entries(messages)) {
  test(`a check ${what} does not keep the chunk that it came in`, async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const requests: AccessRequest[] = []
    const answer = createCheck({
      decide: request => {
        requests.push(request)
        return new Promise(() => undefined)
      },
      gate: createGate(checks),
      trust: createTrust([]),
      paths: defaultPaths,
      limits: { pathBytes: 1000, headerBytes: 1000, bodyBytes: 1000 },
      decisionTimeout: 60_000,
      onDoorDenial: () => assert.fail('the door denied it'),
      onBug: assert.ifError,
    })
    const peer = await openCheckPeer({}, { answer })
    collect()
    const before = process.memoryUsage().arrayBuffers
    for (let n = 0; n < checks; n += 1) {
      await peer.write(Buffer.concat([...around, check(streamOf(n), message), last]))
    }
    assert.equal(requests.length, checks)
    // A thread frees the memory some time after the collection.
    await until(() => {
      collect()
      return process.memoryUsage().arrayBuffers - before < 1_000_000
    }, 'the chunks are free')
    peer.session.destroy()
  })
}

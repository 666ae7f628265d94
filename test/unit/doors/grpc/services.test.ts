/** Health and reflection without a port. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createHealth } from '../../../../src/doors/grpc/services/health.ts'
import { createReflectionServer } from '../../../../src/doors/grpc/services/reflection-server.ts'
import { createServices } from '../../../../src/doors/grpc/services/services.ts'
import type { Refusal } from '../../../../src/doors/grpc/wire/refusals.ts'
import { createMessageReader } from '../../../../src/doors/grpc/wire/services/message-reader.ts'
import { createOpenCalls } from '../../../../src/doors/grpc/wire/services/open-calls.ts'
import type { AnswerStream } from '../../../../src/doors/grpc/wire/services/service.ts'
import { timeoutOf } from '../../../../src/doors/grpc/wire/timeout.ts'
import { until } from '../../../support/until.ts'

interface Recorded extends AnswerStream {
  readonly sent: string[]
  readonly ends: (Refusal | undefined)[]
  blocked: boolean
}

function recorded(): Recorded {
  const sent: string[] = []
  const ends: (Refusal | undefined)[] = []
  const answers: Recorded = {
    sent,
    ends,
    blocked: false,
    send: message => void sent.push(message.toString('hex')),
    end: refusal => void ends.push(refusal),
    isBlocked: () => answers.blocked,
  }
  return answers
}

const watchPath = '/grpc.health.v1.Health/Watch'
const reflectionPath = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'

test('a watch that waits for its caller is sent the last state alone', () => {
  const health = createHealth()
  const answers = recorded()
  const watch = health.streams.get(watchPath)?.begin(answers)
  watch?.message(Buffer.alloc(0))
  answers.blocked = true
  for (const isServing of [true, false, true]) health.setServing(isServing)
  answers.blocked = false
  watch?.drained()
  watch?.drained()
  watch?.closed()
  health.setServing(false)
  assert.deepEqual(answers.sent, ['0802', '0801'])
})

test('reflection has the paths that the port serves, and answers each message with one', async () => {
  const services = createServices()
  const server = createReflectionServer()
  const paths = [...services.streams.keys()].filter(path => path !== watchPath)
  assert.deepEqual([...server.keys()], paths)
  for (const path of paths) {
    const sent: Buffer[] = []
    let isEnded = false
    const call = server.get(path)?.({
      send: message => void sent.push(message),
      end: () => {
        isEnded = true
      },
    })
    for (let i = 1; i <= 3; i += 1) {
      assert.equal(call?.message(Buffer.from([0x3a, 1, 0x2a])), true)
      assert.equal(sent.length, i)
    }
    assert.equal(call?.message(Buffer.alloc(9, 0xff)), false)
    call?.end()
    assert.ok(isEnded)
  }
})

test('a call that begins while reflection is loaded is answered', async () => {
  const answers = recorded()
  const call = createServices().streams.get(reflectionPath)?.begin(answers)
  call?.message(Buffer.from([0x3a, 1, 0x2a]))
  assert.equal(answers.sent.length, 0)
  await until(() => answers.sent.length === 1, 'it is answered')
  call?.message(Buffer.alloc(9, 0xff))
  await nextTurn()
  assert.deepEqual(
    answers.ends.map(refusal => refusal?.code),
    [13],
  )
})

test('open calls are counted in all and for each connection', () => {
  const open = createOpenCalls()
  const method = {
    begin: () => assert.fail('not begun'),
    requestBytes: 1,
    hasOneMessage: true,
    longest: 1,
    most: 3,
    mostPerConnection: 2,
  }
  const connections = [{}, {}] as const
  const ends = [0, 0, 1].map(i => open.begin(method, connections[i === 0 ? 0 : 1]))
  assert.ok(ends.every(end => end !== undefined))
  assert.equal(open.begin(method, connections[1]), undefined)
  ends[0]?.()
  assert.equal(typeof open.begin(method, connections[0]), 'function')
  assert.equal(open.begin(method, connections[0]), undefined)
})

test('messages are found wherever their bytes are cut', () => {
  const bytes = Buffer.from([0, 0, 0, 0, 1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9, 0])
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = createMessageReader(100)
    const found: string[] = []
    for (let at = 0; at < bytes.length; at += size) {
      reader.add(bytes, at, Math.min(bytes.length, at + size))
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        found.push(next.toString('hex'))
      }
    }
    assert.deepEqual(found, ['000000000107', '0100000000', '00000000020809'])
    assert.equal(reader.left(), 1)
  }
})

for (const [text, expected] of [
  [undefined, undefined],
  ['1H', 3_600_000],
  ['000000002M', 'malformed'],
  ['00000002M', 120_000],
  ['99999999n', 99.999999],
  ['99999999S', 99_999_999_000],
  ['0u', 0],
  ['-5S', 'malformed'],
  ['5S ', 'malformed'],
  ['5 S', 'malformed'],
  ['5S\n', 'malformed'],
  ['garbage5Sgarbage', 'malformed'],
] as const) {
  test(`a timeout of ${JSON.stringify(text)} is ${expected}`, () => {
    assert.equal(timeoutOf(text), expected)
  })
}

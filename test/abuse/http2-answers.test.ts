/** Answers of HTTP/2 upstreams, frame by frame: one that has no end is not taken for a complete one. */
import assert from 'node:assert/strict'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { field, flag, frame, type, uint32 } from '../faults/http2-frames.ts'
import { startEdge, startFramedUpstream } from '../support/edge.ts'
import { loopback } from '../support/ports.ts'

const head = (stream: number, more = 0, ...fields: readonly Buffer[]): Buffer =>
  frame({
    type: type.headers,
    flags: flag.endHeaders | more,
    stream,
    payload: Buffer.concat([field(':status', '200'), ...fields]),
  })
const data = (stream: number, more = 0): Buffer =>
  frame({ type: type.data, flags: more, stream, payload: Buffer.from('hi') })
const reset = (stream: number, code: number): Buffer =>
  frame({ type: type.reset, stream, payload: uint32(code) })

type Outcome = 'whole' | 'broken' | '502'

/** What the upstream sends, and what the client sees. */
const answers: Readonly<Record<string, readonly [(stream: number) => readonly Buffer[], Outcome]>> =
  {
    'a whole answer': [id => [head(id), data(id, flag.endStream)], 'whole'],
    'a whole answer without a body': [id => [head(id, flag.endStream)], 'whole'],
    'a whole answer with trailers': [
      id => [
        head(id),
        data(id),
        frame({
          type: type.headers,
          flags: flag.endHeaders | flag.endStream,
          stream: id,
          payload: field('x-a', 'b'),
        }),
      ],
      'whole',
    ],
    'a whole answer, then a reset without an error': [
      id => [head(id), data(id, flag.endStream), reset(id, 0)],
      'whole',
    ],
    'a head, then a reset without an error': [id => [head(id), reset(id, 0)], 'broken'],
    'a part, then a reset without an error': [id => [head(id), data(id), reset(id, 0)], 'broken'],
    'a part, then a reset': [id => [head(id), data(id), reset(id, 2)], 'broken'],
    'less than the length': [
      id => [head(id, 0, field('content-length', '9')), data(id), reset(id, 0)],
      'broken',
    ],
    'a reset without an error, and no head': [id => [reset(id, 0)], '502'],
  }

const outcomeOf = (port: number): Promise<Outcome | string> =>
  new Promise(resolve => {
    const asked = httpRequest(
      { port, host: loopback, path: '/open', headers: { Host: 'h2' }, agent: false },
      (answer: IncomingMessage) => {
        answer.resume()
        answer.on('error', () => undefined)
        answer.on('close', () => {
          const seen = answer.complete ? 'whole' : 'broken'
          resolve(answer.statusCode === 200 ? seen : `${answer.statusCode}`)
        })
      },
    )
    asked.on('error', () => resolve('broken'))
    asked.end()
  })

for (const [name, [answer, expected]] of Object.entries(answers)) {
  test(`${name}: ${expected}`, async t => {
    const edge = await startEdge(t, {
      tls: false,
      upstreams: { h2: await startFramedUpstream(t, answer) },
    })
    const seen = await outcomeOf(edge.proxy)
    // Nothing was sent yet where the end came with the head.
    const isExpected = seen === expected || (expected === 'broken' && seen === '502')
    assert.ok(isExpected, seen)
    assert.doesNotMatch(edge.log(), /because of a bug/)
    assert.ok(edge.running(), edge.log())
  })
}

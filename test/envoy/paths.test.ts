import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import type { Received } from '../support/upstream.ts'
import { judgedPath, startJudging } from './judging.ts'

type Verdict = string | 400

/**
 * The matched path of a target behind each kind of listener: with Envoy's defaults, with normalisation, and with
 * unescaped slashes too.
 */
const table: readonly (readonly [
  target: string,
  plain: Verdict,
  normal: Verdict,
  slashes: Verdict,
])[] = [
  ['/a/b', '/a/b', '/a/b', '/a/b'],
  ['/a/b/', '/a/b', '/a/b', '/a/b'],
  ['/a/.', '/a', '/a', '/a'],
  ['/', '/', '/', '/'],
  ['/a/../b', '/b', '/b', '/b'],
  ['/a/./b', '/a/b', '/a/b', '/a/b'],
  ['/a/%2e%2e/b', '/b', '/b', '/b'],
  ['/a/.%2E/b', '/b', '/b', '/b'],
  ['/a/..%2fb', '/b', '/b', '/b'],
  ['/a/%2e%2e%2fb', '/b', '/b', '/b'],
  ['//a///b', '/a/b', '/a/b', '/a/b'],
  ['/a//../b', '/b', '/a/b', '/a/b'],
  ['/a%2Fb', '/a/b', '/a/b', '/a/b'],
  ['/a%2fb', '/a/b', '/a/b', '/a/b'],
  ['/a\\b', 400, '/a/b', '/a/b'],
  ['/a\\..\\b', 400, '/b', '/b'],
  ['/a%5Cb', 400, 400, '/a/b'],
  ['/a;x=1/b', '/a;x=1/b', '/a;x=1/b', '/a;x=1/b'],
  ['/a/b/..;/c', 400, '/a/c', '/a/c'],
  ['/A/%41', '/A/A', '/A/A', '/A/A'],
  ['/%7Ea', '/~a', '/~a', '/~a'],
  ['/a%252Fb', '/a%2Fb', '/a%2Fb', '/a%2Fb'],
  ['/%252e%252e/b', '/%2e%2e/b', '/%2e%2e/b', '/%2e%2e/b'],
  ['/a%23b', '/a#b', '/a#b', '/a#b'],
  ['/a%3Fb', '/a?b', '/a?b', '/a?b'],
  ['/caf%C3%A9', '/caf\xc3\xa9', '/caf\xc3\xa9', '/caf\xc3\xa9'],
  ['/a%00b', 400, 400, 400],
  ['/a%0d%0ab', 400, 400, 400],
  ['/%zz', 400, 400, 400],
  ['/a%', 400, 400, 400],
  ['/%c0%ae%c0%ae/b', 400, 400, 400],
  ['/a%ff', 400, 400, 400],
  ['/../x', '/x', '/x', '/x'],
  ['/../../x', '/x', '/x', '/x'],
  ['/a#f', 400, 400, 400],
  ['/a b', 400, 400, 400],
  ['/a\0b', 400, 400, 400],
  ['/a\xe9', 400, 400, 400],
  ['a/b', 400, 400, 400],
  ['http://other.example/abs/../b', '/b', '/b', '/b'],
]

test('the matched path is the forwarded path', async t => {
  const { envoy, upstream } = await startJudging(t)
  t.beforeEach(() => void upstream.take())

  const check = async (edge: string, target: string, expected: Verdict): Promise<void> => {
    const { status } = await ask(envoy.port(edge), { target })
    checkVerdict({ target, status, expected }, upstream.take())
  }

  for (const door of ['grpc', 'http']) {
    for (const [index, edge] of ['plain', 'normal', 'slashes'].entries()) {
      for (const [target, ...verdicts] of table) {
        await t.test(`${door} ${edge}: ${JSON.stringify(target)}`, () =>
          check(`${door} ${edge}`, target, verdicts[index] ?? 400),
        )
      }
    }

    await t.test(`${door}: a listener that rejects escaped slashes sends no check`, async () => {
      for (const target of ['/a%2Fb', '/a%5cb', '/a/..%2fb']) {
        await check(`${door} rejecting`, target, 400)
      }
    })

    await t.test(`${door}: the query is forwarded and is not part of the path`, async () => {
      await ask(envoy.port(`${door} plain`), { target: '/a?b=/../c&d=%2F?e' })
      const received = upstream.only()
      assert.deepEqual([received.target, judgedPath(received)], ['/a?b=/../c&d=%2F?e', '/a'])
    })
  }
})

interface Outcome {
  readonly target: string
  readonly status: number
  readonly expected: Verdict
}

function checkVerdict(outcome: Outcome, received: readonly Received[]): void {
  const { target, status, expected } = outcome
  if (expected === 400) {
    assert(status >= 400 && status < 500, `${target}: ${status}`)
    assert.deepEqual(received, [])
    return
  }
  assert.equal(status, 200, target)
  assert.deepEqual(received.map(judgedPath), [expected])
  const meant = received.map(one => meaningOf(one.target))
  assert.deepEqual(meant, [expected], 'the upstream received another path')
}

/**
 * The path that an upstream sees which decodes once and resolves dot segments; written independently of the server's
 * code.
 */
function meaningOf(target: string): string {
  const [path = ''] = target.split('?', 1)
  const decoded = Buffer.from(decodeURIComponent(path), 'utf8').toString('latin1')
  const resolved = posix.normalize(decoded).replace(/^\/+/, '/')
  return resolved.length > 1 ? resolved.replace(/\/$/, '') : resolved
}

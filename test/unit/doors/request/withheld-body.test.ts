import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf } from '../../../../src/doors/grpc/read/body.ts'
import { announcedBody } from '../../../../src/doors/request/withheld-body.ts'

const rows: readonly (readonly [flat: readonly string[], announced: unknown])[] = [
  [[], undefined],
  [['X-Content-Length', '5'], undefined],
  [['Content-Length', '0'], 0],
  [['content-length', '10'], 10],
  [['Transfer-Encoding', 'chunked'], 'chunked'],
  [['transfer-encoding', 'Chunked'], 'chunked'],
  [['Content-Length', '10', 'Content-Length', '10'], 'unclear'],
  [['Content-Length', '0', 'Content-Length', '10'], 'unclear'],
  [['Content-Length', '0', 'Transfer-Encoding', 'chunked'], 'unclear'],
  [['Content-Length', ''], 'unclear'],
  [['Content-Length', '+0'], 'unclear'],
  [['Content-Length', '0x0'], 'unclear'],
  [['Content-Length', '0, 0'], 'unclear'],
  [['Content-Length', ' 0'], 'unclear'],
  [['Content_Length', '0'], 'unclear'],
  [['Transfer_Encoding', 'chunked'], 'unclear'],
  [['Transfer-Encoding', 'gzip, chunked'], 'unclear'],
  [['Transfer-Encoding', 'xchunked'], 'unclear'],
  [['Transfer-Encoding', ''], 'unclear'],
]

for (const [flat, announced] of rows) {
  test(`headers ${JSON.stringify(flat)} announce ${announced}`, () => {
    assert.equal(announcedBody(flat), announced)
  })
}

const sent = (method: string, flat: readonly string[], body: string): boolean | undefined =>
  bodyOf({ method, body: Buffer.from(body), raw_body: Buffer.alloc(0) } as never, flat, 1000)
    .isPartial

for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'TRACE', 'get', 'PROPFIND']) {
  test(`a ${method} through Envoy has a withheld body if a body was announced and none arrived`, () => {
    assert.equal(sent(method, ['transfer-encoding', 'chunked'], ''), true)
    assert.equal(sent(method, ['content-length', '10'], ''), true)
    assert.equal(sent(method, ['content-length', '10'], 'short'), true)
    assert.equal(sent(method, ['content-length', '5', 'content-length', '5'], 'short'), true)
    assert.equal(sent(method, ['content-length', '1'], 'short'), true)
    assert.equal(sent(method, ['transfer_encoding', 'chunked'], ''), true)
    assert.equal(sent(method, ['content-length', '5'], 'whole'), false)
    assert.equal(sent(method, ['transfer-encoding', 'chunked'], 'whole'), false)
    assert.equal(sent(method, ['content-length', '0'], ''), false)
    assert.equal(sent(method, [], 'whole'), false)
  })
}

test('without a length, GET, HEAD and OPTIONS count as requests without a body, other methods do not', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal(sent(method, [], ''), false, method)
  for (const method of ['POST', 'DELETE', 'TRACE', 'CONNECT', 'get'])
    assert.equal(sent(method, [], ''), true, method)
})

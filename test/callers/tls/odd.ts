import assert from 'node:assert/strict'
import type { Received } from '../../support/upstream.ts'
import { oddHttp2, withTrailers } from '../odd/http2.ts'
import { assertAsMatched, matchedScheme } from '../odd/matched.ts'
import type { EncryptedScene } from './scene.ts'

const header = 'x-name'

function assertCame(received: Received, what: string): void {
  assertAsMatched(received, header, what)
  assert.equal(matchedScheme(received, header), 'https', what)
}

/** Each request is denied or reaches the upstream as it was matched. One that breaks off may arrive late. */
export async function odd({ askRaw, upstream }: EncryptedScene): Promise<void> {
  let passed = 0
  for (const [what, request] of oddHttp2('https')) {
    const answer = await askRaw(request)
    const came = upstream.take()
    for (const received of came) assertCame(received, what)
    if (answer !== 'refused' && answer.status === 200) {
      assert(came.length > 0, what)
      passed += 1
    } else assert(answer === 'refused' || answer.status >= 400, what)
  }
  assert(passed > 15, `${passed} passed`)
}

/** Trailers are not headers of the request; only HAProxy forwards them. */
export async function trailers(
  { askRaw, upstream }: EncryptedScene,
  passedOn: boolean,
): Promise<void> {
  await askRaw(withTrailers)
  const came = upstream.take()
  for (const received of came) {
    assertCame(received, 'trailers')
    assert.equal(received.trailers.length > 0, passedOn)
  }
  assert(came.length <= 1)
}

import assert from 'node:assert/strict'
import type { Received } from '../../support/upstream.ts'
import { oddRequests, withTrailers } from './odd-requests.ts'
import type { EncryptedScene } from './scene.ts'

/** Each is refused, or reaches the upstream as the request that was judged. One that breaks off may come late. */
export async function odd({ askRaw, upstream }: EncryptedScene): Promise<void> {
  let passed = 0
  for (const [what, request] of oddRequests) {
    const answer = await askRaw(request)
    const came = upstream.take()
    for (const received of came) assertAsJudged(received, what)
    if (answer !== 'refused' && answer.status === 200) {
      assert(came.length > 0, what)
      passed += 1
    } else assert(answer === 'refused' || answer.status >= 400, what)
  }
  assert(passed > 15, `${passed} passed`)
}

function assertAsJudged({ method, target, headers, all }: Received, what: string): void {
  const [judged = '', ...others] = all('x-name')
  assert.deepEqual(others, [], what)
  const [, judgedMethod, host, path = ''] =
    /^(\S+) https:\/\/([^/]+)(\/.*)$/s.exec(judged) ?? assert.fail(`${what}: judged ${judged}`)
  assert.equal(method, judgedMethod, what)
  assert.deepEqual(all('host').map(plainHost), [host], what)
  // Some programs end the path at a `#`.
  assert(!/^[^?]*#/.test(target), what)
  assert.equal(plainPath(target.replace(/\?.*/s, '')), plainPath(path), what)
  const users = headers.filter(([name]) => /^x[-_]user$/i.test(name))
  assert.deepEqual(
    users.map(([, value]) => value),
    ['guest'],
    what,
  )
}

const plainHost = (host: string): string => host.toLowerCase().replace(/\.(?=:|$)/, '')

/** Byte by byte; a slash at the end is no difference to rules. */
const plainPath = (path: string): string =>
  path
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/(.)\/$/s, '$1')

/** Headers behind the body are none of the request, and only HAProxy passes them on. */
export async function trailers(
  { askRaw, upstream }: EncryptedScene,
  passedOn: boolean,
): Promise<void> {
  await askRaw(withTrailers)
  const came = upstream.take()
  for (const received of came) {
    assertAsJudged(received, 'trailers')
    assert.equal(received.trailers.length > 0, passedOn)
  }
  assert(came.length <= 1)
}

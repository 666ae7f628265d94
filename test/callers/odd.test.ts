/**
 * Unusual requests, in HTTP/1.1 and HTTP/2, through every caller that is built on Envoy and through Oarlock's own
 * proxy.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Edge, envoy, proxyDoor, type StartEdge } from './odd/edges.ts'
import { claimedHttp2, oddHttp1 } from './odd/http1.ts'
import { matchedScheme } from './odd/matched.ts'
import { header, overHttp1, overHttp2, type Run, startRun } from './odd/run.ts'

interface Row {
  readonly start: StartEdge
  /** Does not support HTTP/2 on this connection. */
  readonly old?: true
  /** Over gRPC, Envoy sends the `:scheme` of an HTTP/2 client, unless the listener overwrites it. */
  readonly scheme?: 'of the client'
}

const example = (name: string) => envoy(`envoy-examples/${name}`, 'envoy.yaml')
const sample = (name: string, form: string) => envoy(`deploy/${name}`, `samples/${form}.json`)

const scheme = 'of the client'

const rows: Readonly<Record<string, Row>> = {
  'Envoy, gRPC': { start: example('grpc') },
  'Envoy, HTTP': { start: example('http') },
  'Envoy, path normalisation': { start: example('path-normalisation') },
  'Emissary, gRPC': { start: sample('emissary', 'grpc'), scheme },
  'Emissary, HTTP': { start: sample('emissary', 'http') },
  'Istio, gRPC': { start: sample('istio', 'grpc'), scheme },
  'Istio, HTTP': { start: sample('istio', 'http') },
  'Envoy Gateway, gRPC': { start: sample('envoy-gateway', 'grpc'), scheme },
  'Envoy Gateway, HTTP': { start: sample('envoy-gateway', 'http') },
  Contour: { start: sample('contour', 'grpc'), scheme },
  'Gloo, gRPC': { start: sample('gloo', 'grpc'), scheme },
  'Gloo, HTTP': { start: sample('gloo', 'http') },
  'the proxy': { start: proxyDoor('http'), old: true },
  'the proxy, over TLS': { start: proxyDoor('https') },
}

test('an unusual request is denied, or forwarded as it was matched', {
  concurrency: 3,
}, async t => {
  await Promise.all(
    Object.entries(rows).map(([name, row]) =>
      t.test(name, async inner => verify(inner, row, await row.start(inner))),
    ),
  )
})

async function verify(t: TestContext, row: Row, edge: Edge): Promise<void> {
  const run = startRun(edge)
  await t.test('HTTP/1.1', async () => {
    const passed = await overHttp1(run, oddHttp1)
    assert(passed > 80, `${passed} passed`)
    assertScheme(run)
  })
  await t.test('HTTP/2', async () => {
    const passed = await overHttp2(run)
    if (row.old) assert.equal(passed, 0)
    else assert(passed > 25, `${passed} passed`)
  })
  await t.test(`HTTP/2: the scheme is that ${row.scheme ?? 'of the connection'}`, () => {
    if (row.scheme === undefined) assertScheme(run)
    else assert.deepEqual([...schemesOf(run)].sort(), ['http', 'https'])
  })
  await t.test('HTTP/1.1 requests that claim to be HTTP/2', async () => {
    await overHttp1(run, claimedHttp2)
  })
}

const schemesOf = ({ came }: Run): ReadonlySet<unknown> =>
  new Set(came.map(received => matchedScheme(received, header)))

function assertScheme(run: Run): void {
  assert.deepEqual([...schemesOf(run)], [run.edge.scheme])
}

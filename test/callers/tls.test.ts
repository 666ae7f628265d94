/** Clients that use HTTP/2 or HTTP/1.1 over TLS, in front of each proxy. */
import { test } from 'node:test'
import { passesAll } from './caller.ts'
import type { Setup } from './scene.ts'
import {
  encryptedCaddy,
  encryptedHaproxy,
  encryptedIngressNginx,
  encryptedNginx,
  encryptedTraefik,
} from './start/encrypted.ts'
import { ownProgram, systemProgram } from './start/programs.ts'
import { crumbs, redirect, unauthorized } from './tls/answers.ts'
import { odd, trailers } from './tls/odd.ts'
import { type EncryptedScene, startEncryptedScene } from './tls/scene.ts'
import { claimedScheme, otherServerName, scheme } from './tls/scheme.ts'
import { noOtherProtocol, websocket, websocketOverHttp2 } from './tls/upgrades.ts'
import { forbidden } from './verify/answers.ts'
import { allow, claimedForUpstream, owned, spoofed } from './verify/headers.ts'
import { paths, query } from './verify/requests.ts'

const ofNginx = { ...passesAll, denialBodies: false, authRequest: true }
const noRedirect = { status: 401, location: false, cookies: 0 }

const setups: Readonly<Record<string, Setup>> = {
  nginx: { folder: 'nginx', start: encryptedNginx, traits: ofNginx },
  'ingress-nginx': {
    folder: 'ingress-nginx',
    start: encryptedIngressNginx,
    traits: { ...ofNginx, redirect: noRedirect },
  },
  haproxy: { folder: 'haproxy', start: encryptedHaproxy, traits: passesAll },
  traefik: { folder: 'traefik', start: encryptedTraefik, traits: passesAll },
  'caddy 2.6': {
    folder: 'caddy',
    start: encryptedCaddy(systemProgram('caddy')),
    traits: passesAll,
  },
  caddy: { folder: 'caddy', start: encryptedCaddy(ownProgram('caddy')), traits: passesAll },
}

type Verify = (scene: EncryptedScene, t: Parameters<typeof websocket>[1]) => Promise<void>

const checksOf = (proxy: string): Readonly<Record<string, Verify>> => ({
  'the scheme is https': scheme,
  'the decision does not depend on what a client writes about its own request': claimedScheme,
  'the host of the request is matched, not the SNI name of the TLS handshake': otherServerName,
  'HTTP/2: allowed with its headers': allow,
  'HTTP/2: spoofed headers are gone': spoofed,
  'HTTP/2: owned headers are gone': owned,
  'HTTP/2: 401': unauthorized,
  'HTTP/2: 403': forbidden,
  'HTTP/2: redirect': redirect,
  'HTTP/2: what a client says does not become another request at the upstream': claimedForUpstream,
  'HTTP/2: query untouched': query,
  'HTTP/2: paths are matched as forwarded': paths,
  'HTTP/2: cookies in fields of their own': crumbs,
  'HTTP/2: trailers': scene => trailers(scene, proxy === 'haproxy'),
  'a WebSocket over HTTP/1.1': websocket,
  'a WebSocket over HTTP/2': scene => websocketOverHttp2(scene, proxy === 'haproxy'),
  'no upgrade to HTTP/2': noOtherProtocol,
  'HTTP/2: a request that only HTTP/2 can express is denied, or matched as forwarded': odd,
})

test('over TLS', { concurrency: true }, async t => {
  await Promise.all(
    Object.entries(setups).map(([proxy, setup]) =>
      t.test(proxy, async inner => {
        const scene = await startEncryptedScene(inner, setup)
        for (const [name, verify] of Object.entries(checksOf(proxy))) {
          await inner.test(name, each => {
            scene.upstream.take()
            return verify(scene, each)
          })
        }
      }),
    ),
  )
})

/** Headers and cookies for the client, with the lines of the proxies' pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { ownCookies, theirs } from './answered.ts'
import { passesAll, type StartProxy } from './caller.ts'
import { startScene } from './scene.ts'
import { caddy } from './start/caddy.ts'
import { type Example, startExample } from './start/example.ts'
import { fencesOf } from './start/fences.ts'
import { nginx } from './start/nginx.ts'
import { ownProgram, systemProgram } from './start/programs.ts'
import { traefik } from './start/traefik.ts'

type Edit = NonNullable<Example['edit']>

const edited =
  (example: Example, edit: Edit): StartProxy =>
  (t, neighbours) =>
    startExample(t, { ...example, edit }, neighbours)

/** Puts a text behind the first place that matches; files without it stay as they are. */
const behind = (text: string, place: RegExp, added = ''): string =>
  text.replace(place, found => `${found}${added}`)

const ofNginx: Edit = text => {
  const [, map = '', lines = ''] = fencesOf('nginx', 'nginx')
  return behind(behind(text, /^(?=server \{$)/m, map), /^ {2}location \/ \{\n/m, lines)
}

const ofCaddy: Edit = text => {
  const [, copied = '', placed = '', credential = ''] = fencesOf('caddy', 'caddy')
  const checked = behind(text, /^\t+handle_response @allowed \{\n/m, copied + credential)
  return behind(checked, /^(?=\t\treverse_proxy 127\.0\.0\.1:\d+\n)/m, placed)
}

const ofTraefik: Edit = (text, folder) =>
  behind(traefik.edit(text, folder), /^ {6}forwardAuth:\n/m, fencesOf('traefik', 'yaml')[2])

interface Expected {
  readonly folder: string
  readonly start: StartProxy
  readonly authRequest?: true
  readonly frame: string
  readonly cookies: readonly string[]
}

const pages: Readonly<Record<string, Expected>> = {
  nginx: {
    folder: 'nginx',
    start: edited(nginx, ofNginx),
    authRequest: true,
    frame: 'DENY',
    cookies: [theirs, ...ownCookies.slice(0, 1)],
  },
  'Caddy 2.6': {
    folder: 'caddy',
    start: (t, neighbours) => edited(caddy(systemProgram('caddy')), ofCaddy)(t, neighbours),
    frame: 'DENY',
    cookies: [theirs],
  },
  Caddy: {
    folder: 'caddy',
    start: (t, neighbours) => edited(caddy(ownProgram('caddy')), ofCaddy)(t, neighbours),
    frame: 'DENY',
    cookies: [theirs],
  },
  Traefik: {
    folder: 'traefik',
    start: edited(traefik, ofTraefik),
    frame: 'ALLOWALL',
    cookies: [theirs, ...ownCookies],
  },
}

/** Traefik writes the attributes in an order of its own. */
const inAnyOrder = (cookies: readonly string[]): readonly string[] =>
  cookies.map(cookie => cookie.split('; ').sort().join('; ')).sort()

for (const [name, { folder, start, authRequest = false, frame, cookies }] of Object.entries(
  pages,
)) {
  test(`${name}: with the lines of its page the client gets what they name`, async t => {
    const traits = { ...passesAll, authRequest }
    const { proxy, upstream } = await startScene(t, { folder, start, traits })
    const answer = await ask(proxy.port, { target: '/answered' })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.all('x-frame-options'), [frame])
    assert.deepEqual(inAnyOrder(answer.all('set-cookie')), inAnyOrder(cookies))
    // Without a header of the rule the upstream's own arrives.
    const plain = await ask(proxy.port, { target: '/public/answered' })
    assert.deepEqual([plain.status, ...plain.all('x-frame-options')], [200, 'ALLOWALL'])
    assert.deepEqual(plain.all('set-cookie'), [theirs])
    assert.equal(upstream.take().length, 2)
  })
}

for (const program of ['Caddy 2.6', 'Caddy'] as const) {
  test(`${program}: with the line of its page the used credential does not reach the application`, async t => {
    const { folder, start } = pages[program] as Expected
    const { askAsAlice, upstream } = await startScene(t, { folder, start, traits: passesAll })
    assert.equal((await askAsAlice({ target: '/used-bearer' })).status, 200)
    assert.deepEqual(upstream.only().all('authorization'), [])
  })
}

/** The proxies with TLS and HTTP/2 for clients: the files of deploy/, changed as their pages describe. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encrypted } from '../../support/encrypted.ts'
import { root } from '../../support/folder.ts'
import { askOn } from '../../support/raw-http.ts'
import type { StartProxy } from '../caller.ts'
import { caddy } from './caddy.ts'
import { type Example, isOfRoute, startExample } from './example.ts'
import { fencesOf } from './fences.ts'
import { haproxy } from './haproxy.ts'
import { startIngressNginx } from './ingress-nginx.ts'
import { nginx } from './nginx.ts'
import { traefik } from './traefik.ts'

const certificate = join(root, 'test/conformance/data/tls-cert.pem')
const key = join(root, 'test/conformance/data/tls-key.pem')

type Edit = NonNullable<Example['edit']>

/** Traefik accepts connections before it has a certificate. */
const ready = (port: number): Promise<boolean> =>
  encrypted(port, { alpn: 'http/1.1' })
    .then(socket => askOn(socket, { target: '/elsewhere' }))
    .then(isOfRoute, () => false)

const starting =
  (example: Example, edit: Edit): StartProxy =>
  (t, neighbours) =>
    startExample(t, { ...example, edit, ready }, neighbours)

/** The fenced blocks of a page, with the certificate of the tests. */
const encryptedFences = (folder: string, language: string): readonly string[] =>
  fencesOf(folder, language).map(text =>
    text.replace(/\S+\/fullchain\.pem/, certificate).replace(/\S+\/privkey\.pem/, key),
  )

/** Replaces what matches by a text; `443` in it becomes the port of the replaced text. */
function put(text: string, place: RegExp, fence: string | undefined): string {
  assert(fence !== undefined, 'the page has no such block')
  const [found, port = ''] = place.exec(text) ?? []
  assert(found !== undefined, `nothing matches ${place}`)
  return text.replace(found, fence.replace(/\b443\b/, port))
}

const ofNginx: Edit = text =>
  text.includes('listen ')
    ? put(text, /^ *listen 127\.0\.0\.1:(\d+);\n/m, encryptedFences('nginx', 'nginx')[0])
    : text

const ofCaddy: Edit = text =>
  put(text, /^http:\/\/:(\d+) \{\n/m, encryptedFences('caddy', 'caddy')[0])

const ofHaproxy: Edit = (text, folder) => {
  const all = join(folder, 'all.pem')
  writeFileSync(all, [certificate, key].map(file => readFileSync(file, 'utf8')).join('\n'))
  const fence = encryptedFences('haproxy', 'haproxy')[0]?.replace(/\S+\/all\.pem/, all)
  return text.includes('frontend edge') ? put(text, /^ *bind 127\.0\.0\.1:(\d+)\n/m, fence) : text
}

const ofTraefik: Edit = (text, folder) => {
  const [entryPoint, certificates] = encryptedFences('traefik', 'yaml')
  const placed = traefik.edit(text, folder)
  return placed.includes('entryPoints:\n')
    ? put(placed, /^ {4}http:\n/m, entryPoint)
    : `${placed}\n${certificates}`
}

export const encryptedNginx = starting(nginx, ofNginx)
export const encryptedHaproxy = starting(haproxy, ofHaproxy)
export const encryptedTraefik = starting(traefik, ofTraefik)
export const encryptedCaddy = (program: string): StartProxy => starting(caddy(program), ofCaddy)
/** The lines that the controller writes for an Ingress with `tls`. */
export const encryptedIngressNginx = startIngressNginx({}, { edit: ofNginx, ready })

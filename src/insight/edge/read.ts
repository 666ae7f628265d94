/** Finds out which caller a file configures. */
import { text as readAll } from 'node:stream/consumers'
import { isJsonObject } from '../../lib/json.ts'
import { readGivenText, shownPath } from '../lint/places.ts'
import { readCaddy } from './caddy/caddy.ts'
import type { EdgeFile } from './caller.ts'
import { locatedDocuments } from './document.ts'
import { readEnvoy } from './envoy/envoy.ts'
import { readResources } from './kubernetes/resources.ts'
import { readNginx } from './nginx/nginx.ts'
import { readTraefik } from './traefik/traefik.ts'

/** `-` is standard input. A text: why the file cannot be checked. */
export async function readEdge(path: string): Promise<EdgeFile | string> {
  const file = shownPath(path)
  const text = await (path === '-' ? readAll(process.stdin) : readGivenText(path))
  if (text === undefined) return `${file}: cannot be read`
  if (text.trim() === '') return unknown(file, 'an empty file')
  return (
    readStructured(file, text) ?? readNginx(file, text) ?? readCaddy(file, text) ?? unknown(file)
  )
}

const unknown = (file: string, found = 'no configuration of a caller that is known here'): string =>
  `${file}: found ${found}, expected one of Envoy, nginx, Caddy, Traefik, or HTTPRoute, SecurityPolicy, AuthorizationPolicy`

function readStructured(file: string, text: string): EdgeFile | undefined {
  const documents = locatedDocuments(file, text)?.filter(({ value }) => isJsonObject(value)) ?? []
  const [first] = documents
  if (first === undefined) return undefined
  return readEnvoy(first) ?? readTraefik(first) ?? readResources(documents)
}

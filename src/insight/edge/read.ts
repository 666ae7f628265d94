/** Finds out which caller a file configures. */
import { text as readAll } from 'node:stream/consumers'
import type { SyntaxProblem } from '../../config/files/source.ts'
import { isJsonObject } from '../../lib/json.ts'
import { readGivenText, shownPath } from '../lint/places.ts'
import { readCaddy } from './caddy/caddy.ts'
import type { EdgeFile } from './caller.ts'
import { type Located, locatedDocuments } from './document.ts'
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
  const documents = locatedDocuments(file, text)
  if ('kind' in documents && isStructured(path, text)) return broken(file, documents)
  return (
    readStructured('kind' in documents ? [] : documents) ??
    readNginx(file, text) ??
    readCaddy(file, text) ??
    unknown(file)
  )
}

/** Meant as YAML or JSON. */
const isStructured = (path: string, text: string): boolean =>
  /\.(?:json|ya?ml)$/i.test(path) || /^\s*[[{]\s*"/.test(text)

const broken = (file: string, { found, position }: SyntaxProblem): string =>
  `${file}:${position?.line ?? 1}:${position?.column ?? 1}: found ${found}, expected YAML or JSON`

const unknown = (file: string, found = 'no configuration of a caller that is known here'): string =>
  `${file}: found ${found}, expected one of Envoy, nginx, Caddy, Traefik, or HTTPRoute, SecurityPolicy, AuthorizationPolicy`

function readStructured(all: readonly Located[]): EdgeFile | undefined {
  const documents = all.filter(({ value }) => isJsonObject(value))
  const [first] = documents
  if (first === undefined) return undefined
  return readEnvoy(first) ?? readTraefik(first) ?? readResources(documents)
}

/** Finds out which callers files configure. Resources of all files are read together: they name each other. */
import { text as readAll } from 'node:stream/consumers'
import type { SyntaxProblem } from '../../config/files/source.ts'
import { isJsonObject } from '../../lib/json.ts'
import { readGivenText, shownPath } from '../lint/places.ts'
import { readAgentgateway } from './agentgateway/agentgateway.ts'
import { readCaddy } from './caddy/caddy.ts'
import type { Caller, EdgeFile } from './caller.ts'
import { type Located, locatedDocuments } from './document.ts'
import { readEnvoy } from './envoy/envoy.ts'
import { readResources, resourcesIn } from './kubernetes/resources.ts'
import { readNginx } from './nginx/nginx.ts'
import { readTraefik } from './traefik/traefik.ts'

export interface EdgeRead {
  readonly callers: readonly Caller[]
  readonly notes: readonly Note[]
  /** Files that cannot be checked, and why. */
  readonly problems: readonly string[]
}

/** What is not checked in a file. */
export interface Note {
  readonly file: string
  readonly text: string
}

export async function readEdges(paths: readonly string[]): Promise<EdgeRead> {
  const read = await Promise.all(paths.map(readFile))
  const documents = read.flatMap(one => one.documents ?? [])
  const files = [...read.flatMap(one => one.found ?? []), ...readResources(documents)]
  return {
    callers: files.flatMap(({ callers }) => callers),
    notes: files.flatMap(({ file, notes }) => notes.map(text => ({ file, text }))),
    problems: read.flatMap(({ problem }) => problem ?? []),
  }
}

/** One of the three. */
interface FileRead {
  readonly problem?: string
  /** Resources. */
  readonly documents?: readonly Located[]
  readonly found?: EdgeFile & { readonly file: string }
}

/** `-` is standard input. */
async function readFile(path: string): Promise<FileRead> {
  const file = shownPath(path)
  const text = await (path === '-' ? readAll(process.stdin) : readGivenText(path))
  if (text === undefined) return { problem: `${file}: cannot be read` }
  if (text.trim() === '') return { problem: unknown(file, 'an empty file') }
  const parsed = locatedDocuments(file, text)
  if ('kind' in parsed && isStructured(path, text)) return { problem: broken(file, parsed) }
  const documents = 'kind' in parsed ? [] : parsed.filter(({ value }) => isJsonObject(value))
  const found = readProxy(documents[0]) ?? readNginx(file, text) ?? readCaddy(file, text)
  if (found !== undefined) return { found: { ...found, file } }
  const resources = resourcesIn(documents)
  return resources.length > 0 ? { documents: resources } : { problem: unknown(file) }
}

const readProxy = (first: Located | undefined): EdgeFile | undefined =>
  first === undefined
    ? undefined
    : (readEnvoy(first) ?? readTraefik(first) ?? readAgentgateway(first))

/** Meant as YAML or JSON; standard input has no ending, so its first key says it. */
const isStructured = (path: string, text: string): boolean =>
  /\.(?:json|ya?ml)$/i.test(path) || /^\s*[[{]\s*"/.test(text) || firstKey.test(text)

const firstKey =
  /^(?:apiVersion|kind|static_resources|http|binds|meshConfig|extensionProviders):(?:\s|$)/m

const broken = (file: string, { found, position }: SyntaxProblem): string =>
  `${file}:${position?.line ?? 1}:${position?.column ?? 1}: found ${found}, expected YAML or JSON`

const unknown = (file: string, found = 'no configuration of a caller that is known here'): string =>
  `${file}: found ${found}, expected one of Envoy, nginx, Caddy, Traefik, agentgateway, or resources of Kubernetes`

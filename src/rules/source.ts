/**
 * A location of the configuration to a source: `file://` (a path, absolute or relative to the working
 * directory) or no scheme at all, `inline://`, `http://` and `https://`.
 */
import type { Http } from '../outbound/http.ts'
import type { Source } from './sources/contract.ts'
import { fileSource } from './sources/file.ts'
import { httpSource } from './sources/http.ts'
import { impossibleSource, inlineSource } from './sources/inline.ts'

export interface SourceDeps {
  readonly http: Http
}

type Open = (location: string, rest: string, deps: SourceDeps) => Source

const schemes: Readonly<Record<string, Open>> = {
  file: fileSource,
  inline: inlineSource,
  http: (location, _, { http }) => httpSource(location, http),
  https: (location, _, { http }) => httpSource(location, http),
}

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//
const planned = new Set(['s3', 'gs', 'azblob'])

export function sourceOf(location: string, deps: SourceDeps): Source {
  const name = scheme.exec(location)?.[1]?.toLowerCase() ?? 'file'
  const open = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  if (open !== undefined) return open(location, location.replace(scheme, ''), deps)
  const detail = planned.has(name) ? 'is not in this version' : 'does not exist'
  return impossibleSource(
    location,
    `${name}:// repositories: this kind ${detail}; use file://, inline://, http:// or https://`,
  )
}

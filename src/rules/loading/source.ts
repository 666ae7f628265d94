/**
 * Opens the source for a location of the configuration: `file://` (an absolute path, or one relative to the working
 * directory) or no scheme, `inline://`, `http://`, `https://`, `s3://`, `gs://`, `azblob://` and `kubernetes://`.
 */
import { isOffline } from '../../lib/reach.ts'
import type { Http } from '../../outbound/http.ts'
import { azblob } from './sources/azblob.ts'
import { bucketSource } from './sources/bucket.ts'
import { type Source, unavailable, withoutSecrets } from './sources/contract.ts'
import { fileSource } from './sources/file.ts'
import { gs } from './sources/gs.ts'
import { httpSource } from './sources/http.ts'
import { impossibleSource, inlineSource } from './sources/inline.ts'
import { kubernetesSource } from './sources/kubernetes/source.ts'
import { s3 } from './sources/s3.ts'

export interface SourceDeps {
  readonly http: Http
}

type Open = (location: string, rest: string, deps: SourceDeps) => Source

const schemes: Readonly<Record<string, Open>> = {
  file: (location, rest) => fileSource(location, isUrl(location) ? pathOf(rest) : rest),
  inline: inlineSource,
  http: (location, _, { http }) => httpSource(location, http),
  https: (location, _, { http }) => httpSource(location, http),
  s3: (location, _, { http }) => bucketSource(location, s3, http),
  gs: (location, _, { http }) => bucketSource(location, gs, http),
  azblob: (location, _, { http }) => bucketSource(location, azblob, http),
  kubernetes: location => kubernetesSource(location),
}

const isUrl = (location: string): boolean => scheme.test(location)

/** The decoded path of a URL without query and fragment. A path with a malformed escape is used as it is. */
function pathOf(rest: string): string {
  try {
    return decodeURIComponent(rest.replace(/[?#].*$/s, ''))
  } catch {
    return rest
  }
}

/** The file or folder of this machine that a location names; undefined: it names something else. */
export function filePathOf(location: string): string | undefined {
  if (!isUrl(location)) return location
  return /^file:/i.test(location) ? pathOf(location.replace(scheme, '')) : undefined
}

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//

export function sourceOf(location: string, deps: SourceDeps): Source {
  const name = scheme.exec(location)?.[1]?.toLowerCase() ?? 'file'
  const open = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  if (isOffline() && open !== undefined && !local.has(name)) return uncalledSource(location)
  if (open !== undefined) return open(location, location.replace(scheme, ''), deps)
  return impossibleSource(
    location,
    `${name}:// repositories: this kind does not exist; use ${Object.keys(schemes).join('://, ')}://`,
  )
}

const local = new Set(['file', 'inline'])

/** Of another machine, in a process that calls none. */
const uncalledSource = (location: string): Source => ({
  location,
  shown: withoutSecrets(location),
  reach: 'remote',
  read: async () => unavailable(uncalled),
})

/** Why rules of another machine are not read. */
export const uncalled = 'this command calls no other machine'

/** Protected resources and their metadata (RFC 9728). */
import { cleanPath, unescapePath } from '../lib/url-path.ts'

/** A resource as configured, with the members of RFC 9728 §2. */
export interface ResourceSettings {
  /** An https URL without query and fragment: see `resourceProblem`. */
  readonly resource: string
  readonly scopes_supported?: readonly string[]
}

export interface ProtectedResource {
  readonly resource: string
  /** Where its metadata is served: an https URL. */
  readonly metadataUrl: string
  /** The path of that URL, decoded and cleaned. */
  readonly metadataPath: string
  /** In lower case, without the default port. */
  readonly host: string
  /** Decoded and cleaned: `/mcp`, or `/`. */
  readonly path: string
  /** The metadata, as JSON in UTF-8. */
  readonly document: Buffer
}

export interface ProtectedResources {
  readonly all: readonly ProtectedResource[]
  readonly byName: (resource: string) => ProtectedResource | undefined
  /** The resource whose URL is the longest beginning of this one, in whole segments of the path. */
  readonly around: (host: string, path: string) => ProtectedResource | undefined
  /** The resource whose metadata is at this path (decoded and cleaned) of this host. */
  readonly described: (host: string, path: string) => ProtectedResource | undefined
  /** As `described`, of any host, where only one resource has its metadata at this path. */
  readonly onlyDescribed: (path: string) => ProtectedResource | undefined
}

export const wellKnown = '/.well-known/oauth-protected-resource'

/** What is expected instead; undefined: the text names a resource. */
export function resourceProblem(resource: string): string | undefined {
  const isUrl = /^https:\/\/[^/?#\\]/i.test(resource) && URL.canParse(resource)
  if (!isUrl || /[^\x21-\x7e]|["\\<>^`{|}]/.test(resource))
    return 'an https URL such as https://api.example/mcp'
  if (/[?#]/.test(resource)) return 'an https URL without query and fragment'
  const { username, password, pathname } = new URL(resource)
  if (username !== '' || password !== '') return 'an https URL without a user'
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(resource)) return 'an https URL without dot segments'
  if (unescapePath(pathname) === undefined) return 'an https URL with valid escapes in its path'
  return undefined
}

export function createResources(settings: readonly ResourceSettings[]): ProtectedResources {
  const all = settings.map(toResource)
  const longestFirst = all.toSorted((a, b) => b.path.length - a.path.length)
  return {
    all,
    byName: name => all.find(({ resource }) => resource === name),
    around: (host, path) => {
      const wanted = withoutDefaultPort(host)
      return longestFirst.find(one => one.host === wanted && isBelow(path, one.path))
    },
    described: (host, path) => {
      const wanted = withoutDefaultPort(host)
      return all.find(one => one.metadataPath === path && one.host === wanted)
    },
    onlyDescribed: path => {
      const [first, second] = all.filter(one => one.metadataPath === path)
      return second === undefined ? first : undefined
    },
  }
}

export const noResources: ProtectedResources = createResources([])

function toResource(settings: ResourceSettings): ProtectedResource {
  const { resource } = settings
  const { host, pathname, origin } = new URL(resource)
  const written = pathname === '/' ? '' : pathname
  return {
    resource,
    metadataUrl: `${origin}${wellKnown}${written}`,
    metadataPath: cleanPath(unescapePath(`${wellKnown}${written}`) ?? ''),
    host: host.toLowerCase(),
    path: cleanPath(unescapePath(pathname) ?? ''),
    document: Buffer.from(`${JSON.stringify(settings)}\n`),
  }
}

const isBelow = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`)

/** A proxy that ends TLS may name the port of either scheme. */
const withoutDefaultPort = (host: string): string => host.replace(/:(?:443|80)$/, '')

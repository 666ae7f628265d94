import { createMemory } from '../lib/remember.ts'
import { cleanSegments, unescapePath } from '../lib/url-path.ts'
import type { Upstream } from '../model/decision.ts'
import type { UpstreamDefinition } from './definition.ts'

type Outcome =
  | { readonly kind: 'upstream'; readonly upstream: Upstream }
  | { readonly kind: 'upstream_problem'; readonly message: string }

/** Where the proxy sends requests that this rule allows; undefined when the rule has no upstream URL. */
export function upstreamOf(definition: UpstreamDefinition): Outcome | undefined {
  const { url, preserveHost, stripPath } = definition
  if (url === '') return undefined
  return remember(JSON.stringify([url, preserveHost, stripPath]), () => readUpstream(definition))
}

const remember = createMemory<Outcome>()

function readUpstream({ url, preserveHost, stripPath }: UpstreamDefinition): Outcome {
  if (!url.startsWith('/') && !URL.canParse(url)) {
    const message = `upstream.url: found "${url}", expected an absolute URL such as http://orders:8080`
    return { kind: 'upstream_problem', message }
  }
  const place = placeOf(url)
  const prefix = normalized(stripPath)
  return { kind: 'upstream', upstream: { url, preserveHost, stripPath, ...place, prefix } }
}

const httpUrl = /^(https?):\/\/(?:[^/?#]*@)?([^/?#]+)([^?#]*)/i

/** A URL with another scheme is accepted, as by Oathkeeper; the request fails when it is sent there. */
function placeOf(url: string): Pick<Upstream, 'origin' | 'host' | 'basePath'> {
  const [, scheme, host = '', path = ''] = httpUrl.exec(url) ?? []
  if (scheme === undefined) return { origin: undefined, host: '', basePath: '' }
  return { origin: new URL(url).origin, host, basePath: normalized(unescapePath(path) ?? path) }
}

/** `/a/b` of `a/b/`, `//a/b`, …; nothing of `/`. */
const normalized = (path: string): string =>
  cleanSegments(path)
    .map(segment => `/${segment}`)
    .join('')

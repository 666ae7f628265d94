import { unescapePath } from '../lib/url-path.ts'
import type { Upstream } from '../model/decision.ts'
import type { UpstreamDefinition } from './definition.ts'

type Outcome =
  | { readonly kind: 'upstream'; readonly upstream: Upstream }
  | { readonly kind: 'upstream_problem'; readonly message: string }

/** Where the proxy sends what this rule allows; undefined when the rule names nothing. */
export function upstreamOf({
  url,
  preserveHost,
  stripPath,
}: UpstreamDefinition): Outcome | undefined {
  if (url === '') return undefined
  if (!url.startsWith('/') && !URL.canParse(url)) {
    const message = `upstream.url: found "${url}", expected an absolute URL such as http://orders:8080`
    return { kind: 'upstream_problem', message }
  }
  const place = placeOf(url)
  const prefix = segments(stripPath)
  return { kind: 'upstream', upstream: { url, preserveHost, stripPath, ...place, prefix } }
}

const httpUrl = /^(https?):\/\/(?:[^/?#]*@)?([^/?#]+)([^?#]*)/i

/** A URL of another scheme is accepted, as in the original, and fails when something is sent there. */
function placeOf(url: string): Pick<Upstream, 'origin' | 'host' | 'basePath'> {
  const [, scheme, host = '', path = ''] = httpUrl.exec(url) ?? []
  if (scheme === undefined) return { origin: undefined, host: '', basePath: '' }
  return { origin: new URL(url).origin, host, basePath: segments(unescapePath(path) ?? path) }
}

/** `/a/b` of `a/b/`, `//a/b`, …; nothing of `/`. */
function segments(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept.map(segment => `/${segment}`).join('')
}

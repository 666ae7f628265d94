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
  return { kind: 'upstream', upstream: { url, preserveHost, stripPath } }
}

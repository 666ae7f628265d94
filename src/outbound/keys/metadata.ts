/** What an issuer says of itself: OpenID Connect Discovery 1.0, or RFC 8414. Byte strings. */
import { isJsonObject, type JsonObject, tryJson } from '../../lib/json.ts'

/** Where the document is. */
export interface MetadataLocation {
  readonly url: string
  /** What `issuer` in the document must be; without it, what the URL says. */
  readonly issuer?: string | undefined
}

export interface IssuerMetadata {
  readonly issuer: string
  readonly jwksUri: string | undefined
  readonly introspectionEndpoint: string | undefined
}

const http = /^https?:\/\/[^/?#]/i
const appended = /^(https?:\/\/[^?#]+)\/\.well-known\/openid-configuration$/i
const inserted =
  /^(https?:\/\/[^/?#]+)\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(\/[^?#]*)?$/i

/**
 * The issuers whose document may be at the URL (OpenID Connect Discovery 1.0 §4.1, RFC 8414 §3.1): both leave out a slash
 * at the end of the issuer. Throws an Error when none can be derived from it.
 */
export function issuersOf({ url, issuer }: MetadataLocation): readonly string[] {
  if (!http.test(url)) {
    throw new Error(`metadata_url: found ${JSON.stringify(url)}, expected an http or https URL`)
  }
  if (issuer !== undefined) return [issuer]
  const [, origin, path = ''] = inserted.exec(url) ?? []
  const [, prefix = origin && `${origin}${path}`] = appended.exec(url) ?? []
  if (prefix !== undefined) return [withoutSlash(prefix), `${withoutSlash(prefix)}/`]
  throw new Error(
    `metadata_url: found ${JSON.stringify(url)}, expected a URL with /.well-known/openid-configuration or /.well-known/oauth-authorization-server, or \`issuer\` beside it`,
  )
}

const withoutSlash = (text: string): string => (text.endsWith('/') ? text.slice(0, -1) : text)

/** Reads a document; a text says why it cannot be used. */
export function parseMetadata(
  text: string,
  { url, issuers }: { readonly url: string; readonly issuers: readonly string[] },
): IssuerMetadata | string {
  const document = tryJson(text)
  if (!isJsonObject(document)) return 'found something that is not a JSON object'
  const { issuer } = document
  if (typeof issuer !== 'string' || !issuers.includes(issuer)) {
    return `found the issuer ${JSON.stringify(issuer ?? null).slice(0, 200)}, expected ${issuers.join(' or ')}`
  }
  const jwksUri = endpointOf(document, 'jwks_uri', url)
  const introspectionEndpoint = endpointOf(document, 'introspection_endpoint', url)
  if (typeof jwksUri === 'object') return jwksUri.problem
  if (typeof introspectionEndpoint === 'object') return introspectionEndpoint.problem
  return { issuer, jwksUri, introspectionEndpoint }
}

/** A document from https must not lead to http, where others could answer. */
function endpointOf(
  document: JsonObject,
  name: string,
  from: string,
): string | undefined | { readonly problem: string } {
  const value = Object.hasOwn(document, name) ? document[name] : undefined
  if (value === undefined || value === null) return undefined
  const isSecure = /^https:/i.test(from)
  const wanted = isSecure ? /^https:\/\/[^/?#]/i : http
  if (typeof value === 'string' && wanted.test(value) && URL.canParse(value)) return value
  const found = JSON.stringify(value).slice(0, 200)
  return {
    problem: `found ${found} in ${name}, expected an ${isSecure ? '' : 'http or '}https URL`,
  }
}

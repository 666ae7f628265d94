/** The endpoint that is called: a configured one, or the one that the metadata of the issuer name now. */
import type { Awaitable } from '../../../lib/awaitable.ts'
import type { IssuerMetadata, KeySets, Waiting } from '../../../outbound/key-sets.ts'
import type { IntrospectionConfig } from './schema.ts'

export interface Endpoint {
  readonly url: string
  /** Whose metadata name it. */
  readonly issuer: string | undefined
  /** All that it receives besides the token; part of the key of a cached answer. */
  readonly identity: string
}

/** undefined: there are no metadata, or they name no endpoint. Synchronous when there is nothing to wait for. */
export type FindEndpoint = (waiting: Waiting) => Awaitable<Endpoint | undefined>

/** Throws an Error when the address of the metadata does not tell the issuer. */
export function compileEndpoint(config: IntrospectionConfig, keySets: KeySets): FindEndpoint {
  const { metadata_url: metadata, issuer: named, introspection_url: url = '' } = config
  if (metadata === undefined) {
    const fixed = { url, issuer: undefined, identity: identityOf(url, config) }
    return () => fixed
  }
  const issuer = keySets.openIssuer({ url: metadata, issuer: named })
  const toEndpoint = rememberingLast(config)
  return waiting => {
    const found = issuer.find(waiting)
    return found !== undefined && 'then' in found ? found.then(toEndpoint) : toEndpoint(found)
  }
}

/** The metadata seldom change. */
function rememberingLast(config: IntrospectionConfig) {
  let last: Endpoint | undefined
  return (metadata: IssuerMetadata | undefined): Endpoint | undefined => {
    const url = metadata?.introspectionEndpoint
    if (metadata === undefined || url === undefined) return undefined
    if (last?.url !== url || last.issuer !== metadata.issuer) {
      last = { url, issuer: metadata.issuer, identity: identityOf(url, config) }
    }
    return last
  }
}

function identityOf(url: string, config: IntrospectionConfig): string {
  const { introspection_request_headers: headers = {}, pre_authorization: own } = config
  const { client_id: client, token_url: token, audience, scope } = own?.enabled ? own : {}
  return JSON.stringify([url, headers, client, token, audience, scope])
}

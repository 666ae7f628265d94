/** Who sent the request, as Envoy says. */

import type { Headers } from '../../model/headers.ts'
import type { Client } from '../../model/request.ts'
import { decode } from '../path.ts'
import { clientAddress, type Trust } from '../trust.ts'
import type { WirePeer } from './decode.ts'
import { defineLazily } from './lazy.ts'

const nobody: Client = {}
const longestCertificate = 65_536
const malformedEscape = /%(?![0-9A-Fa-f]{2})/

export function clientOf(source: WirePeer | null, headers: Headers, trust: Trust): Client {
  if (source === null) return nobody
  const address = addressOf(source, headers, trust)
  const client = {
    ...(address === undefined ? undefined : { address }),
    ...(source.principal === '' ? undefined : { principal: source.principal }),
  }
  const pem = source.certificate
  if (pem === '' || pem.length > longestCertificate || malformedEscape.test(pem)) return client
  return defineLazily(client, 'certificate', () => decode(pem))
}

/** Only a peer that Envoy names can be trusted: without an address nothing that it forwards counts. */
function addressOf(source: WirePeer, headers: Headers, trust: Trust): string | undefined {
  const peer = source.address
  if (peer === null) return undefined
  const forwardedFor = headers.all('x-forwarded-for')
  if (peer.socket_address !== null) {
    return clientAddress(peer.socket_address.address, forwardedFor, trust)
  }
  return Object.hasOwn(peer, 'pipe') ? clientAddress(undefined, forwardedFor, trust) : undefined
}

/** The sender of the request, as Envoy reports it. */

import type { Headers } from '../../../model/headers.ts'
import type { Client } from '../../../model/request.ts'
import { decode } from '../../request/path.ts'
import { unixSocket } from '../../request/peer.ts'
import { clientAddress, type Trust } from '../../request/trust.ts'
import type { WirePeer } from './decode.ts'

const unknownClient: Client = {}
const longestCertificate = 65_536
const malformedEscape = /%(?![0-9A-Fa-f]{2})/

interface Read {
  readonly __proto__: object
  readonly source: WirePeer
  readonly headers: Headers
  readonly trust: Trust
  readonly peer: string | undefined
  readonly principal: string | undefined
}

/** Computed when read: most rules read neither. */
const onDemand: Pick<Client, 'address' | 'certificate'> & ThisType<Read> = {
  get address() {
    return addressOf(this)
  },
  get certificate() {
    return pemOf(this.source.certificate)
  },
}

export function clientOf(source: WirePeer | null, headers: Headers, trust: Trust): Client {
  if (source === null) return unknownClient
  const client: Read = {
    __proto__: onDemand,
    source,
    headers,
    trust,
    peer: source.address?.socket_address?.address,
    principal: source.principal === '' ? undefined : source.principal,
  }
  return client as unknown as Client
}

/** Only a peer that Envoy names can be trusted. Without its address, X-Forwarded-For is ignored. */
function addressOf({ source, peer, headers, trust }: Read): string | undefined {
  const isUnixSocket = source.address !== null && Object.hasOwn(source.address, 'pipe')
  if (peer === undefined && !isUnixSocket) return undefined
  return clientAddress(peer ?? unixSocket, headers.all('x-forwarded-for'), trust)
}

/** undefined for a certificate that is not URL-encoded, or longer than 64 KiB. */
const pemOf = (encoded: string): string | undefined =>
  encoded === '' || encoded.length > longestCertificate || malformedEscape.test(encoded)
    ? undefined
    : decode(encoded)

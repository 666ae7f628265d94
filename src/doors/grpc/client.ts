/** Who sent the request, as Envoy says. */

import type { Headers } from '../../model/headers.ts'
import type { Client } from '../../model/request.ts'
import { decode } from '../path.ts'
import { clientAddress, type Trust } from '../trust.ts'
import type { WirePeer } from './decode.ts'

const nobody: Client = {}
const longestCertificate = 65_536
const malformedEscape = /%(?![0-9A-Fa-f]{2})/

interface Read extends Omit<Client, 'certificate'> {
  readonly __proto__: object
  /** URL-encoded PEM. */
  readonly encoded: string
}

/** Decodes the certificate when it is asked for; one that is no URL-encoded text is none. */
const onDemand: { readonly certificate: string | undefined } & ThisType<Read> = {
  get certificate() {
    const { encoded } = this
    const readable = encoded.length <= longestCertificate && !malformedEscape.test(encoded)
    return readable && encoded !== '' ? decode(encoded) : undefined
  },
}

export function clientOf(source: WirePeer | null, headers: Headers, trust: Trust): Client {
  if (source === null) return nobody
  const client: Read = {
    __proto__: onDemand,
    address: addressOf(source, headers, trust),
    peer: source.address?.socket_address?.address,
    principal: source.principal === '' ? undefined : source.principal,
    encoded: source.certificate,
  }
  return client as unknown as Client
}

/** Only a peer that Envoy names can be trusted: without an address nothing that it forwards counts. */
function addressOf({ address }: WirePeer, headers: Headers, trust: Trust): string | undefined {
  if (address === null) return undefined
  const peer = address.socket_address?.address
  if (peer === undefined && !Object.hasOwn(address, 'pipe')) return undefined
  return clientAddress(peer, headers.all('x-forwarded-for'), trust)
}

import { isIP } from 'node:net'
import { contains, networksOf, plainAddress } from '../../lib/networks.ts'
import { addressOfPeer, type Peer, unixSocket } from './peer.ts'

/** True when the forwarded headers of a peer are used. An unknown peer is not trusted. */
export type Trust = (peer: Peer) => boolean

/** The default of trusted peers: this machine, private networks, and unix sockets. */
export const privateNetworks: readonly string[] = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fe80::/10',
  'fc00::/7',
]

const mostRemembered = 1024
/** Longer texts are not addresses. */
const longestAddress = 64

/** Trusts these CIDRs or addresses, and unix sockets; `[]` trusts no peer. Throws a TypeError when a CIDR is not valid. */
export function createTrust(cidrs: readonly string[]): Trust {
  const list = networksOf(cidrs)
  const known = new Map<string, boolean>()
  return address => {
    if (address === undefined) return false
    if (address === unixSocket) return cidrs.length > 0
    if (address.length > longestAddress) return false
    const before = known.get(address)
    if (before !== undefined) return before
    const trusted = contains(list, address)
    if (known.size >= mostRemembered) known.clear()
    known.set(address, trusted)
    return trusted
  }
}

const hopsRead = 64

/**
 * The client's address: that of the peer or, if the peer is trusted, the right-most `X-Forwarded-For` entry that is
 * not trusted. An entry that is not an address ends the search, because nothing to its left can be trusted.
 */
export function clientAddress(
  peer: Peer,
  forwardedFor: readonly string[] | undefined,
  trust: Trust,
): string | undefined {
  const own = addressOfPeer(peer)
  if (!forwardedFor?.length || !trust(peer)) return own === undefined ? own : plainAddress(own)
  let client = own
  for (const entry of forwardedFor.join(',').split(',').slice(-hopsRead).reverse()) {
    const address = addressOf(entry.trim())
    if (address === undefined) return client
    client = address
    if (!trust(address)) return client
  }
  return client
}

/** The address of `10.0.0.1`, `10.0.0.1:80`, `::1` or `[::1]:80`, without the port. */
function addressOf(entry: string): string | undefined {
  const bare =
    /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry
  return isIP(bare) ? plainAddress(bare) : undefined
}

import { BlockList, isIP, isIPv4 } from 'node:net'

/** Converts CIDRs (or single addresses) to Node's BlockList. Throws a TypeError that names the invalid entry. */
export function networksOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const network = parseCidr(cidr)
    if (network === undefined) {
      throw new TypeError(
        `"${cidr}" is not a network: write an address and a prefix length, such as 10.0.0.0/8`,
      )
    }
    list.addSubnet(network.address, network.length, family(network.address))
  }
  return list
}

/** True for an address, or an address and a prefix length. */
export const isNetwork = (text: string): boolean => parseCidr(text) !== undefined

function parseCidr(text: string): { address: string; length: number } | undefined {
  const [, network = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = plainAddress(network)
  const bits = isIPv4(address) ? 32 : 128
  const length = prefix === undefined ? bits : Number(prefix)
  return isIP(address) !== 0 && length <= bits ? { address, length } : undefined
}

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

/** True when the address (IPv4-mapped forms count as IPv4) is in one of the networks; false for a text that is not an address. */
export function contains(networks: BlockList, address: string): boolean {
  const plain = plainAddress(address)
  return isIP(plain) !== 0 && networks.check(plain, family(plain))
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
export const plainAddress = (address: string): string =>
  /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address

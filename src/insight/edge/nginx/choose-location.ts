/** Which location of its server takes a request, as nginx chooses it. */
import { searchMatcher } from '../search-matcher.ts'
import { type Location, pathOf } from './locations.ts'

/** `host` is `*` for a rule of any host. */
export function takesRequest(location: Location, locations: readonly Location[]) {
  const server = serverOf(location)
  const beside = locations.filter(one => serverOf(one) === server)
  return (host: string, path: string): boolean =>
    isHostOf(server, host) && chosen(beside, path) === location
}

const serverOf = ({ around }: Location) => around.findLast(({ name }) => name === 'server')

/** A server without a name takes what others leave; expressions may take anything. */
function isHostOf(server: ReturnType<typeof serverOf>, asked: string): boolean {
  const names =
    server?.block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args) ?? []
  const host = asked.replace(/:\d+$/, '')
  return (
    names.length === 0 || asked === '*' || names.some(name => isNameOf(name.toLowerCase(), host))
  )
}

function isNameOf(name: string, host: string): boolean {
  if (name === '' || name === '_' || name.startsWith('~')) return true
  if (name.startsWith('*.')) return host.endsWith(name.slice(1))
  if (name.startsWith('.')) return host === name.slice(1) || host.endsWith(name)
  return name.endsWith('.*') ? host.startsWith(name.slice(0, -1)) : host === name
}

/** The exact one, then the longest beginning, unless an expression matches. */
function chosen(locations: readonly Location[], path: string): Location | undefined {
  const exact = locations.find(one => signOf(one) === '=' && pathOf(one) === path)
  if (exact !== undefined) return exact
  const [longest] = locations
    .filter(one => ['', '^~'].includes(signOf(one)) && isBeginning(one, path))
    .sort((one, other) => pathOf(other).length - pathOf(one).length)
  if (longest !== undefined && signOf(longest) === '^~') return longest
  return locations.find(one => expressionOf(one)?.(path)) ?? longest
}

const signOf = ({ block: { args } }: Location): string => (args.length > 1 ? (args[0] ?? '') : '')

/** Locations with a name take no requests of clients. */
const isBeginning = (location: Location, path: string): boolean =>
  !pathOf(location).startsWith('@') && path.startsWith(pathOf(location))

const expressionOf = (location: Location) =>
  signOf(location).startsWith('~')
    ? searchMatcher(pathOf(location), signOf(location) === '~*')
    : undefined

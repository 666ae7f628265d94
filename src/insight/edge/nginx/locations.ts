/** Locations, with what they inherit. */
import type { Directive } from './syntax.ts'

/** A location, with the blocks around it, the innermost last. */
export interface Location {
  readonly block: Directive
  readonly around: readonly Directive[]
  /** The directive of the innermost block that has it. */
  readonly find: (name: string) => Directive | undefined
  /** All directives of the innermost block that has some: nginx inherits them together. */
  readonly list: (name: string) => readonly Directive[]
}

export function locationsIn(block: Directive, around: readonly Directive[]): readonly Location[] {
  return block.block.flatMap(child => {
    const blocks = [...around, child]
    const below = locationsIn(child, blocks)
    return child.name === 'location' ? [toLocation(child, blocks), ...below] : below
  })
}

function toLocation(block: Directive, around: readonly Directive[]): Location {
  const list = (name: string): readonly Directive[] =>
    around
      .map(one => one.block.filter(child => child.name === name))
      .findLast(found => found.length > 0) ?? []
  const find = (name: string): Directive | undefined =>
    name === 'proxy_pass' ? block.block.find(child => child.name === name) : list(name)[0]
  return { block, around, find, list }
}

export const allIn = (block: Directive): readonly Directive[] => [
  block,
  ...block.block.flatMap(allIn),
]

/** The location that is asked; undefined: no check. */
export function checkOf(location: Location): string | undefined {
  const [uri] = location.find('auth_request')?.args ?? []
  return uri === 'off' ? undefined : uri
}

export const upstreamOf = (location: Location): string => location.find('proxy_pass')?.args[0] ?? ''

export const pathOf = ({ block }: Location): string => block.args.at(-1) ?? ''

export const isCheck = (location: Location, checks: ReadonlySet<string | undefined>): boolean =>
  checks.has(pathOf(location))

/** The value that proxy_set_header gives it; undefined: the client's own goes on. */
export const setsHeader = (location: Location, name: string): string | undefined =>
  location.list('proxy_set_header').find(({ args }) => args[0]?.toLowerCase() === name)?.args[1]

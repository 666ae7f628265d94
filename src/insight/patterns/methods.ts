/** Sets of methods, in upper case. */
export interface MethodSet {
  /** Whether the names are those in the set, or those that are not. */
  readonly kind: 'only' | 'except'
  readonly names: ReadonlySet<string>
}

export const methodsFrom = (names: readonly string[] | undefined): MethodSet =>
  names === undefined
    ? { kind: 'except', names: new Set() }
    : { kind: 'only', names: new Set(names.map(name => name.toUpperCase())) }

export const hasMethod = ({ kind, names }: MethodSet, name: string): boolean =>
  names.has(name) === (kind === 'only')

export const complementOf = ({ kind, names }: MethodSet): MethodSet => ({
  kind: kind === 'only' ? 'except' : 'only',
  names,
})

export function commonMethods(one: MethodSet, other: MethodSet): MethodSet {
  if (one.kind === 'only') return onlyIn(one, other)
  if (other.kind === 'only') return onlyIn(other, one)
  return { kind: 'except', names: new Set([...one.names, ...other.names]) }
}

const onlyIn = ({ names }: MethodSet, other: MethodSet): MethodSet => ({
  kind: 'only',
  names: new Set([...names].filter(name => hasMethod(other, name))),
})

const usual = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** A method of the set, a usual one if there is one; undefined: the set is empty. */
export function someMethod(set: MethodSet): string | undefined {
  const known = usual.find(name => hasMethod(set, name))
  if (known !== undefined || set.kind === 'only') return known ?? [...set.names][0]
  return unusual.find(name => hasMethod(set, name)) ?? longer(set)
}

const unusual = ['TRACE', 'CONNECT', 'PROPFIND', 'PURGE', 'LINK']

/** A name that is longer than each of the set is none of them. */
const longer = ({ names }: MethodSet): string =>
  'X'.repeat(1 + Math.max(...[...names].map(({ length }) => length)))

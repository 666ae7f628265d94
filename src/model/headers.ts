/** Headers that leave: canonical name to its values, in the order they were set. Values are byte strings. */
export type HeaderMap = ReadonlyMap<string, readonly string[]>

export type HeaderPair = readonly [name: string, value: string]

/** A request's headers as they came: ordered pairs without `:` names; names keep their case, look-ups take lower case. */
export interface Headers {
  readonly pairs: readonly HeaderPair[]
  /** All by canonical name; made when first read. */
  readonly canonical: HeaderMap
  /** The first value of that lower-case name. */
  first(name: string): string | undefined
  /** All values of that lower-case name, in order. */
  all(name: string): readonly string[]
  /** The names for which it holds, as they came, some of them several times. */
  namesWhere(isMeant: (name: string) => boolean): readonly string[]
}

export const noHeaders: HeaderMap = new Map()

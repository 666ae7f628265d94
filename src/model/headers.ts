/** Headers to send: canonical name to its values, in the order in which they were set. Values are byte strings. */
export type HeaderMap = ReadonlyMap<string, readonly string[]>

export type HeaderPair = readonly [name: string, value: string]

/** The headers of a request as received: ordered pairs without `:` names. Names keep their case; look-ups use lower case. */
export interface Headers {
  readonly pairs: readonly HeaderPair[]
  /** All by canonical name; made when first read. */
  readonly canonical: HeaderMap
  /** The first value of that lower-case name. */
  first(name: string): string | undefined
  /** All values of that lower-case name, in order. */
  all(name: string): readonly string[]
  /** The names for which the condition holds, as received, with repetitions. */
  namesWhere(isMeant: (name: string) => boolean): readonly string[]
  /** The values of the names for which the condition holds, in order. */
  valuesWhere(isMeant: (name: string) => boolean): readonly string[]
}

export const noHeaders: HeaderMap = new Map()

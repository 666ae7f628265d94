/**
 * Go values as templates see them.
 *
 * Strings (byte strings), booleans, float64 and JSON's lists and maps are JavaScript's own values. Types that Go
 * distinguishes and JavaScript does not are objects with a symbol key, which JSON data cannot have. `undefined`
 * is Go's absent value (an unset field of a parenthesised nil), `null` a nil interface.
 */
export const go: unique symbol = Symbol('go')

export type IntName =
  | 'int'
  | 'int64'
  | 'uint8'
  | 'uint64'
  | 'time.Duration'
  | 'time.Month'
  | 'time.Weekday'

export interface GoInt {
  readonly [go]: 'int'
  readonly type: IntName
  readonly value: bigint
}

/** A list that is not `[]interface {}`. */
export interface GoList {
  readonly [go]: 'list'
  readonly type: string
  readonly items: readonly Value[]
  readonly isNil: boolean
}

export interface MapType {
  readonly name: string
  /** The underlying type, whose values may be assigned. */
  readonly underlying: string
  readonly zero: Value
  /** Converts a stored entry to the value that a template sees. */
  element(stored: Value): Value
  readonly methods: ReadonlyMap<string, Callable>
}

/** A map that is not a JSON object, or a nil map. */
export interface GoMap {
  readonly [go]: 'map'
  readonly type: MapType
  readonly entries: ReadonlyMap<string, Value>
  readonly isNil: boolean
}

export interface Field {
  /** The member's name in JSON; it needs no escapes. */
  readonly json: string
  read(target: unknown): Value
}

export interface StructType {
  readonly name: string
  readonly fields: ReadonlyMap<string, Field>
  /** Methods of the pointer. */
  readonly methods: ReadonlyMap<string, Callable>
  /** Prints a pointer, when the type has its own text (Go's Stringer). */
  text?(target: unknown): string
  /** The struct itself also has that text. */
  readonly textOfStruct?: true
  /** Prints under `%#v`. */
  goText?(target: unknown): string
  /** Compares two targets, when comparing their fields is not enough. */
  equal?(a: unknown, b: unknown): boolean
  /** The value in JSON, when that is not an object of its fields. */
  json?(target: unknown): Value
}

/** A struct, or a pointer to one; a pointer without a target is nil. */
export interface GoStruct {
  readonly [go]: 'struct' | 'pointer'
  readonly type: StructType
  readonly target: unknown
}

export type GoObject = GoInt | GoList | GoMap | GoStruct

export interface ValueMap {
  readonly [key: string]: Value
}

export type Value =
  | undefined
  | null
  | string
  | boolean
  | number
  | readonly Value[]
  | ValueMap
  | GoObject

export const isGoObject = (value: Value): value is GoObject =>
  typeof value === 'object' && value !== null && (value as Partial<GoObject>)[go] !== undefined

/** A JSON object. */
export const isPlainMap = (value: Value): value is ValueMap =>
  typeof value === 'object' &&
  value !== null &&
  (value as Partial<GoObject>)[go] === undefined &&
  !Array.isArray(value)

export const int = (value: number | bigint, type: IntName = 'int'): GoInt => ({
  [go]: 'int',
  type,
  value: BigInt(value),
})

export const strings = (items: readonly string[]): GoList => ({
  [go]: 'list',
  type: '[]string',
  items,
  isNil: false,
})

export const nilStrings: GoList = { [go]: 'list', type: '[]string', items: [], isNil: true }

/** Go's nil `[]interface {}`. */
export const nilItems: GoList = { [go]: 'list', type: '[]interface {}', items: [], isNil: true }

export const pointer = (type: StructType, target: unknown): GoStruct => ({
  [go]: 'pointer',
  type,
  target,
})

export const struct = (type: StructType, target: unknown): GoStruct => ({
  [go]: 'struct',
  type,
  target,
})

/** The parameter types, and the values that `apply` receives for them. `any` is Go's `interface {}`; nil is passed as null. */
export interface Parameters {
  readonly any: Value
  readonly string: string
  readonly bool: boolean
  readonly int: number
  readonly int64: bigint
  readonly float64: number
  /** `[]interface {}` */
  readonly list: readonly Value[]
  /** `map[string]interface {}` */
  readonly map: ValueMap | GoMap
  readonly uint32: number
  /** Structs: their targets. */
  readonly time: unknown
  readonly location: unknown
  readonly version: unknown
  readonly certificate: unknown
  readonly duration: bigint
  /** Go's reflect.Value: as `any`, but an absent value is passed as undefined. */
  readonly value: Value
}

export type Parameter = keyof Parameters

export interface Callable {
  readonly parameters: readonly Parameter[]
  /** The type of all further arguments. */
  readonly rest?: Parameter
  /** Why Go would not call it, although it exists. */
  readonly refusal?: string
  /** The arguments are already checked; throws `callError`. `receiver` is the object of a method call. */
  apply(args: readonly unknown[], receiver: unknown): Value
}

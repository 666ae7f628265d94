/**
 * The type of a loaded configuration, derived from the schemas.
 *
 * Deeply readonly and frozen, with every default filled in. Durations stay strings (`5s`); the code that uses one
 * parses it with parseDuration. Keys without a default that are not required are optional. The `config` of a handler
 * contains byte strings, everything else ordinary strings.
 */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import type { authenticators } from '../handlers/authenticators/index.ts'
import type { authorizers } from '../handlers/authorizers/index.ts'
import type { errorHandlers } from '../handlers/errors/index.ts'
import type { mutators } from '../handlers/mutators/index.ts'
import type { JsonObject } from '../lib/json.ts'
import type { settings } from './schema/root.ts'

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T

/** True when the schema has a default at any depth: then the value is always present. */
type IsFilled<Schema> = Schema extends { readonly default: unknown }
  ? true
  : Schema extends { readonly properties: infer Properties }
    ? true extends { [Key in keyof Properties]: IsFilled<Properties[Key]> }[keyof Properties]
      ? true
      : false
    : false

type Filled<Schema> = Schema extends { readonly properties: infer Properties }
  ? Members<Properties>
  : Schema extends JSONSchema
    ? Frozen<FromSchema<Schema>>
    : never

type Members<Properties> = {
  readonly [Key in keyof Properties as IsFilled<Properties[Key]> extends true
    ? Key
    : never]: Filled<Properties[Key]>
} & {
  readonly [Key in keyof Properties as IsFilled<Properties[Key]> extends true
    ? never
    : Key]?: Filled<Properties[Key]>
}

/** One handler: whether rules may use it, and its global config with the defaults of its schema. */
export interface HandlerSwitch<Own = object> {
  readonly enabled: boolean
  readonly config?: JsonObject & Partial<Frozen<Own>>
}

type OwnConfig<Kind> = Kind extends { create(config: infer Own, ...rest: never): unknown }
  ? Own extends object
    ? Own
    : object
  : object

type Switches<Kinds> = {
  readonly [Name in keyof Kinds]: HandlerSwitch<OwnConfig<Kinds[Name]>>
} & Readonly<Record<string, HandlerSwitch>>

export type Config = Members<typeof settings> & {
  readonly authenticators: Switches<typeof authenticators>
  readonly authorizers: Switches<typeof authorizers>
  readonly mutators: Switches<typeof mutators>
  readonly errors: {
    readonly fallback: readonly string[]
    readonly handlers: Switches<typeof errorHandlers>
  }
}

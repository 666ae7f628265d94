/** Fields, keys and methods: `.a.b`, `$x.a`, `(…).a`. */

import { entryOf, zeroOf } from '../go/collections.ts'
import { kinded, kindOf, typeName } from '../go/kind.ts'
import {
  type Callable,
  type GoMap,
  type GoStruct,
  isGoObject,
  isPlainMap,
  type Value,
  type ValueMap,
} from '../go/value.ts'
import type { Operand } from '../syntax/nodes.ts'
import type { Frame } from './frame.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

/** How a method found on the way is called, and whether what stands there has arguments. */
export interface Last {
  readonly hasArguments: boolean
  readonly call: (invocation: Invocation) => Value
}

export interface Invocation {
  readonly method: Callable
  readonly name: string
  readonly receiver: unknown
  readonly frame: Frame
}

export interface Access {
  readonly scope: Scope
  /** Where errors are said to be. */
  readonly node: Operand
  readonly names: readonly string[]
  readonly last: Last
  /** How a method in the middle of the chain is called: without arguments. */
  readonly middle: Last
}

/** Where a chain starts. `boxed`: the value came out of a JSON list or map. */
export interface Start {
  readonly value: Value
  readonly boxed: boolean
  /** Names before this one are read already. */
  readonly from: number
}

/** Reads the fields one after the other; JSON objects, the usual case, on the short way. */
export function readFields(access: Access, frame: Frame, start: Start): Value {
  const { names, last } = access
  const plain = last.hasArguments ? names.length - 1 : names.length
  let value = start.value
  let holder: Value
  for (let index = start.from; index < names.length; index++) {
    const outer = holder
    holder = value
    value =
      index < plain && isPlainMap(value)
        ? (entryOf(value, names[index] ?? '') ?? null)
        : readField({ access, frame, start, index, outer }, value)
  }
  return value
}

const isJsonMap = (value: Value): boolean =>
  kindOf(value) === 'map' && typeName(value) === 'map[string]interface {}'

interface Step {
  readonly access: Access
  readonly frame: Frame
  readonly start: Start
  readonly index: number
  /** What the receiver was read from. */
  readonly outer: Value
}

/** True when Go's messages call the receiver's type `interface {}`. */
const isBoxed = ({ start, index, outer }: Step): boolean =>
  index === start.from ? start.boxed : isJsonMap(outer)

const nameOf = ({ access, index }: Step): string => access.names[index] ?? ''

const lastOf = ({ access, index }: Step): Last =>
  index === access.names.length - 1 ? access.last : access.middle

const fail = ({ access }: Step, message: string): Error =>
  executionError(access.scope.context, access.node, message)

function readField(step: Step, receiver: Value): Value {
  const it = kinded(receiver)
  switch (it.kind) {
    case 'map':
      return readKey(step, it.value)
    case 'struct':
    case 'pointer':
      return readMember(step, it.value)
    case 'nil':
      if (receiver === undefined) return undefined
      throw fail(step, `nil pointer evaluating interface {}.${nameOf(step)}`)
    default:
      throw noField(step, receiver)
  }
}

const noField = (step: Step, receiver: Value): Error => {
  const boxed = isBoxed(step) && kindOf(receiver) !== 'int'
  const type = boxed ? 'interface {}' : typeName(receiver)
  return fail(step, `can't evaluate field ${nameOf(step)} in type ${type}`)
}

function readKey(step: Step, map: ValueMap | GoMap): Value {
  const name = nameOf(step)
  const method = isGoObject(map) ? map.type.methods.get(name) : undefined
  const last = lastOf(step)
  if (method !== undefined) return last.call({ method, name, receiver: map, frame: step.frame })
  if (last.hasArguments) throw fail(step, `${name} is not a method but has arguments`)
  const value = entryOf(map, name)
  return value === undefined ? zeroOf(map) : value
}

function readMember(step: Step, value: GoStruct): Value {
  const name = nameOf(step)
  const { type, target } = value
  const method = type.methods.get(name)
  const last = lastOf(step)
  if (method !== undefined) return last.call({ method, name, receiver: target, frame: step.frame })
  const field = type.fields.get(name)
  if (field === undefined) throw noField(step, value)
  if (target === null) throw fail(step, `nil pointer evaluating ${typeName(value)}.${name}`)
  if (!last.hasArguments) return field.read(target)
  throw fail(step, `${name} has arguments but cannot be invoked as function`)
}

/** Evaluates fields, keys and methods: `.a.b`, `$x.a`, `(…).a`. */

import { entryOf, zeroOf } from '../go/collections.ts'
import { intMethods } from '../go/int-methods.ts'
import { kinded, kindOf, typeName } from '../go/kind.ts'
import {
  type Callable,
  type GoInt,
  type GoMap,
  type GoStruct,
  isGoObject,
  isPlainMap,
  type Value,
  type ValueMap,
} from '../go/value.ts'
import type { Operand } from '../syntax/nodes.ts'
import { type Call, compileCall } from './call.ts'
import type { Frame } from './frame.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

/** A chain of names, with the arguments after the last one. */
export interface Chain {
  readonly scope: Scope
  readonly node: Operand
  /** The node that errors name. */
  readonly at: Operand
  readonly names: readonly string[]
  readonly args: readonly Operand[]
  /** The result of the pipeline so far is the last argument. */
  readonly hasFinal: boolean
  /** Compiled method calls; the method is only known at run time, and each is compiled once. */
  calls: Map<Callable, Call> | undefined
  lastCalls: Map<Callable, Call> | undefined
}

/** Where the evaluation of a chain starts. `boxed`: the value came out of a JSON list or map. */
export interface Start {
  readonly value: Value
  readonly boxed: boolean
  /** The index of the first name that is not read yet. */
  readonly from: number
  /** The result of the pipeline so far. */
  readonly final: Value
}

/** Reads the fields one after the other, with a fast path for JSON objects, the usual case. */
export function readFields(chain: Chain, frame: Frame, start: Start): Value {
  const { names } = chain
  const plain = hasArguments(chain) ? names.length - 1 : names.length
  let value = start.value
  let holder: Value
  for (let index = start.from; index < names.length; index++) {
    const outer = holder
    holder = value
    value =
      index < plain && isPlainMap(value)
        ? (entryOf(value, names[index] ?? '') ?? null)
        : readField({ chain, frame, start, index, outer }, value)
  }
  return value
}

const hasArguments = ({ args, hasFinal }: Chain): boolean => args.length > 0 || hasFinal

const isJsonMap = (value: Value): boolean =>
  kindOf(value) === 'map' && typeName(value) === 'map[string]interface {}'

interface Step {
  readonly chain: Chain
  readonly frame: Frame
  readonly start: Start
  readonly index: number
  /** The value that the receiver was read from. */
  readonly outer: Value
}

/** True when Go's messages name the receiver's type `interface {}`. */
const isBoxed = ({ start, index, outer }: Step): boolean =>
  index === start.from ? start.boxed : isJsonMap(outer)

const nameOf = ({ chain, index }: Step): string => chain.names[index] ?? ''

const isLast = ({ chain, index }: Step): boolean => index === chain.names.length - 1

/** True at the last name of a chain, to which the arguments belong. */
const isGivenArguments = (step: Step): boolean => isLast(step) && hasArguments(step.chain)

const fail = ({ chain }: Step, message: string): Error =>
  executionError(chain.scope.context, chain.at, message)

function callMethod(step: Step, method: Callable, receiver: unknown): Value {
  const { chain, frame, start } = step
  const known = isLast(step) ? chain.lastCalls : chain.calls
  const call = known?.get(method) ?? compileMethod(step, method)
  return call(frame, start.final, receiver)
}

function compileMethod(step: Step, method: Callable): Call {
  const { scope, at, node, args, hasFinal } = step.chain
  const site = { scope, name: nameOf(step), node: at, command: node }
  const call = compileCall(
    isLast(step) ? { ...site, args, hasFinal } : { ...site, args: [], hasFinal: false },
    method,
  )
  if (isLast(step)) step.chain.lastCalls = new Map(step.chain.lastCalls).set(method, call)
  else step.chain.calls = new Map(step.chain.calls).set(method, call)
  return call
}

function readField(step: Step, receiver: Value): Value {
  const it = kinded(receiver)
  switch (it.kind) {
    case 'map':
      return readKey(step, it.value)
    case 'struct':
    case 'pointer':
      return readMember(step, it.value)
    case 'int':
      return readIntMethod(step, it.value)
    case 'nil':
      if (receiver === undefined) return undefined
      throw fail(step, `nil pointer evaluating interface {}.${nameOf(step)}`)
    default:
      throw noField(step, receiver)
  }
}

function readIntMethod(step: Step, receiver: GoInt): Value {
  const method = intMethods.get(receiver.type)?.get(nameOf(step))
  if (method === undefined) throw noField(step, receiver)
  return callMethod(step, method, receiver.value)
}

const noField = (step: Step, receiver: Value): Error => {
  // An int at the start of a chain comes from a range or a literal, and was never in an interface.
  const counts = kindOf(receiver) === 'int' && step.index === step.start.from
  const type = isBoxed(step) && !counts ? 'interface {}' : typeName(receiver)
  return fail(step, `can't evaluate field ${nameOf(step)} in type ${type}`)
}

function readKey(step: Step, map: ValueMap | GoMap): Value {
  const name = nameOf(step)
  const method = isGoObject(map) ? map.type.methods.get(name) : undefined
  if (method !== undefined) return callMethod(step, method, map)
  if (isGivenArguments(step)) throw fail(step, `${name} is not a method but has arguments`)
  const value = entryOf(map, name)
  return value === undefined ? zeroOf(map) : value
}

function readMember(step: Step, value: GoStruct): Value {
  const name = nameOf(step)
  const { type, target } = value
  const method = type.methods.get(name)
  if (method !== undefined) return callMethod(step, method, target)
  const field = type.fields.get(name)
  if (field === undefined) throw noField(step, value)
  if (target === null) throw fail(step, `nil pointer evaluating ${typeName(value)}.${name}`)
  if (!isGivenArguments(step)) return field.read(target)
  throw fail(step, `${name} has arguments but cannot be invoked as function`)
}

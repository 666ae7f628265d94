/** `eq`, `ne`, `lt`, `le`, `gt`, `ge`: only values of the same kind can be compared. */
import { noFlags } from '../fmt/flags.ts'
import { printArgument, textOfValue } from '../fmt/print-value.ts'
import { callError } from '../go/call-error.ts'
import { fixed, variadic } from '../go/callable.ts'
import { intTypes } from '../go/int-types.ts'
import { type Kind, kinded, kindOf, typeName } from '../go/kind.ts'
import { isNil } from '../go/nil.ts'
import type { GoInt, GoStruct, Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

type Basic = 'bool' | 'int' | 'uint' | 'float' | 'string' | undefined

function basicKind(value: Value): Basic {
  const kind: Kind = kindOf(value)
  if (kind === 'int') return intTypes[(value as GoInt).type].unsigned ? 'uint' : 'int'
  return kind === 'bool' || kind === 'float' || kind === 'string' ? kind : undefined
}

const isInteger = (kind: Basic): boolean => kind === 'int' || kind === 'uint'

/** Converts basic values to JavaScript values for comparison. */
function plainOf(value: Value): string | number | bigint | boolean {
  const it = kinded(value)
  if (it.kind === 'int') return it.value.value
  return it.kind === 'string' || it.kind === 'float' || it.kind === 'bool' ? it.value : ''
}

const incompatible = (a: Value, b: Value): Error =>
  callError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`)

function equal(a: Value, b: Value): boolean {
  const [kind, other] = [basicKind(a), basicKind(b)]
  if (kind === other) return kind === undefined ? equalOthers(a, b) : plainOf(a) === plainOf(b)
  if (isInteger(kind) && isInteger(other)) return plainOf(a) === plainOf(b)
  if (isAbsent(a) || isAbsent(b)) return false
  throw incompatible(a, b)
}

const isAbsent = (value: Value): boolean => value === null || value === undefined

const asString = (value: Value): string => printArgument(value, 's', noFlags)

/** Compares lists, maps, structs and nil. */
function equalOthers(a: Value, b: Value): boolean {
  if (!isAbsent(a) && !isAbsent(b) && kindOf(a) !== kindOf(b)) {
    const [left, right] = [asString(a), textOfValue(b)]
    throw callError(`non-comparable types ${left}: ${typeName(a)}, ${typeName(b)}: ${right}`)
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b)
  const byValue = kindOf(b) === 'struct' ? (b as GoStruct).type.equal : undefined
  if (byValue !== undefined) return byValue((a as GoStruct).target, (b as GoStruct).target)
  if (kindOf(b) !== 'pointer') {
    throw callError(`non-comparable type ${asString(b)}: ${typeName(b)}`)
  }
  return typeName(a) === typeName(b) && (a as GoStruct).target === (b as GoStruct).target
}

const invalid = 'invalid type for comparison'

function less(a: Value, b: Value): boolean {
  const [kind, other] = [basicKind(a), basicKind(b)]
  if (kind === undefined || other === undefined) throw callError(invalid)
  if (kind !== other && !(isInteger(kind) && isInteger(other))) throw incompatible(a, b)
  if (kind === 'bool') throw callError(invalid)
  return plainOf(a) < plainOf(b)
}

const lessOrEqual = (a: Value, b: Value): boolean => less(a, b) || equal(a, b)

export const compare: FunctionGroup = {
  eq: variadic(['value'], 'value', (first, ...others) => {
    if (others.length === 0) throw callError('missing argument for comparison')
    return others.some(other => equal(first, other))
  }),
  ne: fixed(['value', 'value'], (a, b) => !equal(a, b)),
  lt: fixed(['value', 'value'], less),
  le: fixed(['value', 'value'], lessOrEqual),
  gt: fixed(['value', 'value'], (a, b) => !lessOrEqual(a, b)),
  ge: fixed(['value', 'value'], (a, b) => !less(a, b)),
}

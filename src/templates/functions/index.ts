/**
 * All functions by name. A new group is one file and one line; a name of a later group replaces that of
 * an earlier one.
 */
import { variadic } from '../go/callable.ts'
import type { Callable } from '../go/value.ts'
import { collections } from './collections.ts'
import { compare } from './compare.ts'
import type { FunctionGroup } from './function.ts'
import { json } from './json.ts'
import { logic } from './logic.ts'
import { printing } from './printing.ts'
import { strings } from './strings.ts'

const groups: readonly FunctionGroup[] = [logic, compare, collections, printing, json, strings]

/** Functions that reach outside the request: there only when allowed by name. */
const outside: FunctionGroup = {}

/** Evaluated by the compiler, which need not evaluate all their arguments. */
const special = ['and', 'or', 'call'].map((name): [string, Callable] => [
  name,
  variadic(['value'], 'value', value => value),
])

const always: ReadonlyMap<string, Callable> = new Map([
  ...special,
  ...groups.flatMap(group => Object.entries(group)),
])

/** The functions that a template may use. */
export function functionsFor(allow: readonly string[]): ReadonlyMap<string, Callable> {
  if (allow.length === 0) return always
  const allowed = Object.entries(outside).filter(([name]) => allow.includes(name))
  return new Map([...always, ...allowed])
}

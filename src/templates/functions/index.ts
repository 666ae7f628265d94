/**
 * All functions by name. A new group is one file and one line here; later groups override functions of
 * earlier ones.
 */
import { variadic } from '../go/callable.ts'
import type { Callable } from '../go/value.ts'
import { collections } from './collections.ts'
import { compare } from './compare.ts'
import { counting } from './counting.ts'
import { dates } from './dates.ts'
import { defaults } from './defaults.ts'
import { dicts } from './dicts.ts'
import { encoding } from './encoding.ts'
import type { FunctionGroup } from './function.ts'
import { joining } from './joining.ts'
import { json } from './json.ts'
import { lists } from './lists.ts'
import { logic } from './logic.ts'
import { math } from './math.ts'
import { outside } from './outside.ts'
import { paths } from './paths.ts'
import { printing } from './printing.ts'
import { random } from './random.ts'
import { reflection } from './reflection.ts'
import { regexes } from './regexes.ts'
import { secrets } from './secrets.ts'
import { strings } from './strings.ts'
import { urls } from './urls.ts'
import { versions } from './versions.ts'

/** Go's own functions, including those that Oathkeeper replaces. */
const language: readonly FunctionGroup[] = [logic, compare, collections, printing]

/** The functions of Masterminds/sprig. */
const library: readonly FunctionGroup[] = [
  counting,
  dates,
  defaults,
  dicts,
  encoding,
  joining,
  json,
  lists,
  math,
  paths,
  random,
  reflection,
  regexes,
  secrets,
  strings,
  urls,
  versions,
]

/** The compiler evaluates these, because they need not evaluate all arguments. */
const special = ['and', 'or', 'call'].map((name): [string, Callable] => [
  name,
  variadic(['value'], 'value', value => value),
])

const always: ReadonlyMap<string, Callable> = new Map([
  ...special,
  ...[...language, ...library].flatMap(group => Object.entries(group)),
])

/** The functions that a template may use. */
export function functionsFor(allow: readonly string[]): ReadonlyMap<string, Callable> {
  if (allow.length === 0) return always
  const allowed = Object.entries(outside).filter(([name]) => allow.includes(name))
  return new Map([...always, ...allowed])
}

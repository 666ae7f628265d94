/**
 * GJSON paths over parsed JSON: `a.b`, `a.0`, `a.#`, `a.#.b`, `a.#(b=="x").c`, `a.#(b>3)#`, wildcards
 * `*` and `?` in names, `\` to escape a character, `|` for `.`, modifiers `@…`.
 *
 * A path is compiled once and returns a value, or undefined when there is none. Byte strings.
 */

import { modifiers } from './gjson/modifiers.ts'
import { compileQuery } from './gjson/query.ts'
import { type Part, splitPath } from './gjson/split.ts'
import type { Wildcard } from './gjson/wildcard.ts'
import { isJsonObject, type JsonValue } from './json.ts'

export type Find = (value: JsonValue) => JsonValue | undefined

/** Each part of a path is read with the rest of it, and may call itself. */
const longest = 1024

/** Throws an Error that says what is wrong with the path. */
export function compilePath(path: string): Find {
  if (path.length > longest)
    throw new Error(`found ${path.length} characters, expected at most ${longest}`)
  return chain(splitPath(path))
}

/** Each step receives the rest of the path, because `#` applies it to every element. */
function chain([first, ...rest]: readonly Part[]): Find {
  if (first === undefined) return value => value
  const next = chain(rest)
  if (first.kind === 'modifier') return byModifier(first, next)
  if (first.kind === 'query') return byQuery(first, next)
  if (first.kind === 'count') return rest.length === 0 ? countOf : eachOf(next)
  return byName(first, next)
}

const countOf: Find = value => (Array.isArray(value) ? value.length : undefined)

const eachOf =
  (next: Find): Find =>
  value =>
    Array.isArray(value) ? value.map(next).filter(found => found !== undefined) : undefined

function byModifier({ name }: Extract<Part, { kind: 'modifier' }>, next: Find): Find {
  const modify = Object.hasOwn(modifiers, name) ? modifiers[name] : undefined
  if (modify === undefined) throw new Error(`the modifier @${name} does not exist`)
  return value => {
    const modified = modify(value)
    return modified === undefined ? undefined : next(modified)
  }
}

function byQuery({ source, all }: Extract<Part, { kind: 'query' }>, next: Find): Find {
  const holds = compileQuery(source, compilePath)
  return value => {
    if (!Array.isArray(value)) return undefined
    const items: readonly JsonValue[] = value
    if (all)
      return items
        .filter(holds)
        .map(next)
        .filter(found => found !== undefined)
    const found = items.find(holds)
    return found === undefined ? undefined : next(found)
  }
}

function byName({ name, matches }: Extract<Part, { kind: 'name' }>, next: Find): Find {
  const index = /^\d{1,9}$/.test(name) ? Number(name) : undefined
  return value => {
    const found = memberOf(value, { name, matches, index })
    return found === undefined ? undefined : next(found)
  }
}

interface Member {
  readonly name: string
  readonly matches: Wildcard | undefined
  readonly index: number | undefined
}

function memberOf(value: JsonValue, { name, matches, index }: Member): JsonValue | undefined {
  if (Array.isArray(value)) return index === undefined ? undefined : value[index]
  if (!isJsonObject(value)) return undefined
  if (matches === undefined) return Object.hasOwn(value, name) ? value[name] : undefined
  const key = Object.keys(value).find(matches)
  return key === undefined ? undefined : value[key]
}

/** Rules of routers: which requests they take, as far as hosts and paths say so. */
import { searchMatcher } from '../search-matcher.ts'

/** undefined: something else decides, such as a header. */
export type TakesRequest = (host: string, path: string) => boolean | undefined

/** undefined: the rule is not understood. */
export function readRule(rule: string): TakesRequest | undefined {
  const tokens = tokensOf(rule)
  if (tokens === undefined) return undefined
  const reader: Reader = { tokens, at: 0, depth: 0 }
  const read = readAny(reader)
  return reader.at === tokens.length ? read : undefined
}

const token = /\s*(&&|\|\||[!(),]|`[^`]*`|"(?:\\.|[^"\\])*"|[A-Za-z]+)\s*/y

function tokensOf(rule: string): readonly string[] | undefined {
  const tokens: string[] = []
  const next = new RegExp(token)
  while (next.lastIndex < rule.length) {
    const [, found] = next.exec(rule) ?? []
    if (found === undefined) return undefined
    tokens.push(found)
  }
  return tokens
}

interface Reader {
  readonly tokens: readonly string[]
  at: number
  depth: number
}

const mostNested = 50

/** `a || b` */
function readAny(reader: Reader): TakesRequest | undefined {
  const options = readSeparated(reader, '||', readAll)
  return (
    options &&
    ((host, path) =>
      either(
        options.map(one => one(host, path)),
        true,
      ))
  )
}

/** `a && b` */
function readAll(reader: Reader): TakesRequest | undefined {
  const all = readSeparated(reader, '&&', readOne)
  return (
    all &&
    ((host, path) =>
      either(
        all.map(one => one(host, path)),
        false,
      ))
  )
}

/** One that is `decisive` settles it; otherwise one that is not known does. */
const either = (found: readonly (boolean | undefined)[], decisive: boolean) => {
  if (found.includes(decisive)) return decisive
  return found.includes(undefined) ? undefined : !decisive
}

function readSeparated(reader: Reader, sign: string, readPart: typeof readAny) {
  const parts = [readPart(reader)]
  while (reader.tokens[reader.at] === sign) {
    reader.at += 1
    parts.push(readPart(reader))
  }
  const known = parts.filter(part => part !== undefined)
  return known.length === parts.length ? known : undefined
}

function readOne(reader: Reader): TakesRequest | undefined {
  const name = reader.tokens[reader.at++] ?? ''
  if (name === '!') return readNot(reader)
  if (name === '(') return readNested(reader)
  const args = /^[A-Za-z]+$/.test(name) ? readArgs(reader) : undefined
  return args && (matchers[name]?.(args) ?? (() => undefined))
}

function readNot(reader: Reader): TakesRequest | undefined {
  const inner = nested(reader, readOne)
  return (
    inner &&
    ((host, path) => {
      const found = inner(host, path)
      return found === undefined ? undefined : !found
    })
  )
}

function readNested(reader: Reader): TakesRequest | undefined {
  const inner = nested(reader, readAny)
  return reader.tokens[reader.at++] === ')' ? inner : undefined
}

function nested(reader: Reader, read: typeof readAny): TakesRequest | undefined {
  reader.depth += 1
  const found = reader.depth > mostNested ? undefined : read(reader)
  reader.depth -= 1
  return found
}

/** (`a`, `b`) */
function readArgs(reader: Reader): readonly string[] | undefined {
  if (reader.tokens[reader.at++] !== '(') return undefined
  const args: string[] = []
  for (let next = reader.tokens[reader.at++]; next !== ')'; next = reader.tokens[reader.at++]) {
    if (next === undefined) return undefined
    if (next !== ',') args.push(next.slice(1, -1))
  }
  return args
}

/** With `{name:expression}`, which version 2 has, it is not known. */
const matchers: Readonly<Record<string, (args: readonly string[]) => TakesRequest>> = {
  Host: args => host => isAnyHost(host) || args.some(one => one.toLowerCase() === nameOf(host)),
  HostRegexp: args => host =>
    isAnyHost(host) || someOf(args, one => searchMatcher(one)(nameOf(host))),
  Path: args => (_, path) => someOf(args, one => path === one),
  PathPrefix: args => (_, path) => someOf(args, one => path.startsWith(one)),
  PathRegexp: args => (_, path) => args.some(one => searchMatcher(one)(path)),
}

const someOf = (args: readonly string[], test: (one: string) => boolean): boolean | undefined => {
  const plain = args.filter(one => !/\{[A-Za-z]/.test(one))
  return plain.some(test) || (plain.length < args.length ? undefined : false)
}

const isAnyHost = (host: string): boolean => host === '*'

const nameOf = (host: string): string => host.replace(/:\d+$/, '')

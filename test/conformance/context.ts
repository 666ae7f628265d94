import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { freePort, loopback } from './ports.ts'
import type { Data } from './types.ts'

/** The values of one running scenario: its ports, folders, tokens and the keys of the data folder. */
export interface Context {
  readonly values: ReadonlyMap<string, string>
  readonly tokens: ReadonlyMap<string, string>
  readonly keys: readonly Jwk[]
}
export type Jwk = Readonly<Record<string, string>>

export interface Places {
  readonly data: string
  readonly work: string
  readonly stubs: ReadonlyMap<string, number>
}

export async function createContext({ data, work, stubs }: Places): Promise<Context> {
  const ports = new Map<string, string>()
  for (const name of ['API', 'PROXY', 'METRICS', 'DOWN']) ports.set(name, String(await freePort()))
  for (const [name, port] of stubs) {
    ports.set(name === 'main' ? 'STUB' : `STUB_${name}`.toUpperCase(), String(port))
  }
  const values = new Map([
    ['DIR', work],
    ['DATA', data],
  ])
  for (const [name, port] of ports) values.set(`${name}_PORT`, port)
  for (const [name, port] of ports) values.set(name, `${loopback}:${port}`)
  return { values, tokens: readTokens(data), keys: readKeys(data) }
}

export const portOf = (context: Context, name: string): number =>
  Number(placeholder(context, `${name.toUpperCase()}_PORT`))

export function placeholder(context: Context, name: string): string {
  const value = context.values.get(name)
  if (value === undefined) throw new Error(`no placeholder ${name}`)
  return value
}

/** The nearest data folder at or above a case file's own folder. */
export function findData(caseFile: string): string {
  let folder = dirname(resolve(caseFile))
  for (let level = 0; level < 4; level++) {
    const data = join(folder, 'data')
    if (existsSync(join(data, 'tokens.json'))) return data
    folder = dirname(folder)
  }
  return dirname(resolve(caseFile))
}

function readTokens(data: string): Map<string, string> {
  const path = join(data, 'tokens.json')
  if (!existsSync(path)) return new Map()
  return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>))
}

function readKeys(data: string): Jwk[] {
  const names = readdirSync(data).filter(name => /^jwks.*\.json$/.test(name))
  return names.sort().flatMap(name => keysOf(readFileSync(join(data, name), 'utf8')))
}

/** A key set may be broken on purpose: it then adds no keys. */
function keysOf(text: string): readonly Jwk[] {
  try {
    return (JSON.parse(text) as { keys?: readonly Jwk[] }).keys ?? []
  } catch {
    return []
  }
}

/** Replaces `${NAME}` by its value, everywhere in a structure; a single `${X_PORT}` becomes a number. */
export function substitute(context: Context, value: Data): Data {
  if (typeof value === 'string') return substituteWhole(context, value)
  if (Array.isArray(value)) return value.map(item => substitute(context, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      substituteText(context, key),
      substitute(context, item),
    ]),
  )
}

function substituteWhole(context: Context, text: string): string | number {
  const port = context.values.get(/^\$\{([A-Z]+_PORT)\}$/.exec(text)?.[1] ?? '')
  return port === undefined ? substituteText(context, text) : Number(port)
}

export const substituteText = (context: Context, text: string): string =>
  text.replace(
    /\$\{([A-Za-z_]+)(?::([^}]*))?\}/g,
    (all: string, kind: string, argument: string | undefined) =>
      (argument === undefined ? context.values.get(kind) : computed(context, kind, argument)) ??
      all,
  )

function computed(context: Context, kind: string, argument: string): string | undefined {
  if (kind === 'TOKEN') return context.tokens.get(argument)
  if (kind === 'FILE') return readFileSync(join(placeholder(context, 'DATA'), argument), 'utf8')
  if (kind === 'B64') return Buffer.from(argument, 'utf8').toString('base64')
  if (kind !== 'REPEAT') return undefined
  const comma = argument.lastIndexOf(',')
  return argument.slice(0, comma).repeat(Number(argument.slice(comma + 1)))
}

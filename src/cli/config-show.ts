/** `config show`: the effective configuration, where each value comes from, secrets masked. */
import type { Origin } from '../config/load.ts'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { loadOrPrint } from './load.ts'
import type { ConfigOption, Output } from './output.ts'

export interface ShowOptions extends ConfigOption {
  /** Leave out what no file and no variable says. */
  readonly set?: boolean
}

type Path = readonly (string | number)[]

/** Prints YAML that can be read back, but for the masked values; origins are comments. */
export async function showConfig(options: ShowOptions, output: Output): Promise<number> {
  const loaded = await loadOrPrint(options, output)
  if (loaded === undefined) return 1
  const { config, originOf } = loaded
  const lines = linesOf(config as unknown as JsonValue, [], originOf)
  const shown = options.set ? lines.filter(({ origin }) => origin?.kind !== 'default') : lines
  for (const line of withoutEmptySections(shown)) output.out(`${render(line)}\n`)
  return 0
}

interface Line {
  readonly path: Path
  /** undefined: a section, whose members follow. */
  readonly value?: string
  readonly origin?: Origin
}

function linesOf(value: JsonValue, path: Path, originOf: (path: Path) => Origin): readonly Line[] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    const text = JSON.stringify(masked(value, path))
    return [{ path, value: text, origin: originOf(path) }]
  }
  const below = Object.entries(value).flatMap(([key, item]) =>
    linesOf(item, [...path, key], originOf),
  )
  return path.length === 0 ? below : [{ path }, ...below]
}

/** Sections of which nothing is left go, from the innermost on. */
function withoutEmptySections(lines: readonly Line[]): readonly Line[] {
  const kept: Line[] = []
  for (const line of lines.toReversed()) {
    const below = kept.at(-1)
    const isEmpty = line.value === undefined && (below?.path.length ?? 0) <= line.path.length
    if (!isEmpty) kept.push(line)
  }
  return kept.reverse()
}

function render({ path, value, origin }: Line): string {
  const key = `${'  '.repeat(path.length - 1)}${keyText(String(path.at(-1)))}:`
  return value === undefined ? key : `${key} ${value} # ${originText(origin)}`
}

const keyText = (key: string): string => (/^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key))

function originText(origin: Origin | undefined): string {
  if (origin === undefined || origin.kind === 'default') return 'default'
  if (origin.kind === 'variable') return `$${origin.name}`
  return [origin.file, origin.line].filter(part => part !== undefined).join(':')
}

const mask = '***'

/** Keys whose values are secret, wherever they stand. */
const secretKeys = new Set([
  'client_secret',
  'password',
  'authorization_header',
  'api_key',
  'secret',
  'token',
])
const secretHeaders =
  /^(?:authorization|proxy-authorization|cookie|x-api-key|.*(?:token|secret).*)$/i

function masked(value: JsonValue, path: Path): JsonValue {
  if (Array.isArray(value)) return value.map((item, i) => masked(item, [...path, i]))
  if (isJsonObject(value) || typeof value !== 'string' || value === '') return value
  return isSecret(path) ? mask : withoutCredentials(value, path)
}

function isSecret(path: Path): boolean {
  const [section, key] = [path.at(-2), String(path.at(-1))]
  if (secretKeys.has(key) || (section === 'key' && key === 'base64')) return true
  // What a template says of the session is no secret; a fixed text in such a header is.
  return /headers$/.test(String(section)) && path[0] !== 'mutators' && secretHeaders.test(key)
}

const userInfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i

/** Passwords in URLs, and private keys that are written into one. */
function withoutCredentials(text: string, path: Path): string {
  if (path[0] === 'mutators' && text.startsWith('inline://')) return `inline://${mask}`
  return text.replace(userInfo, `$1${mask}@`)
}

/** `config show`: the effective configuration, where each value comes from, secrets masked. */
import type { Origin } from '../config/load.ts'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { maskSecrets } from '../lib/mask-secrets.ts'
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
  const lines = linesOf(maskSecrets(config as unknown as JsonValue), [], originOf)
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
    const text = JSON.stringify(value)
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

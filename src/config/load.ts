/** Loads files and environment to one frozen configuration, or returns everything that is wrong with them. */
import { freezeDeep } from '../lib/freeze.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { deepMerge } from '../lib/merge.ts'
import { type SchemaIssue, validateWith } from '../lib/schema.ts'
import { checkCombinations } from './checks.ts'
import type { Config } from './config.ts'
import { withDefaults } from './defaults.ts'
import { filesNamedIn, withFileTexts } from './env/from-files.ts'
import { targetsOf } from './env/names.ts'
import { applyEnv, type EnvLayer } from './env/read.ts'
import { readSource } from './files/read.ts'
import type { Source } from './files/source.ts'
import { configValidator } from './generated/config-validator.ts'
import { withByteStrings } from './handler-bytes.ts'
import { type ConfigIssue, keyOf, renderIssue } from './issue.ts'
import { notesOn } from './notes.ts'
import { withoutClashingGrpc } from './places.ts'
import { configSchema } from './schema/root.ts'
import type { SchemaNode } from './schema/walk.ts'
import { strictChecks } from './strict-checks.ts'

export interface ConfigSources {
  /** Later files take precedence over earlier ones. */
  readonly files: readonly string[]
  /** Takes precedence over all files. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of the file `-`, in YAML or JSON. */
  readonly stdin?: string | undefined
}

/** Where an effective value comes from. */
export type Origin =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'file'
      readonly file: string
      readonly line?: number
      readonly column?: number
    }
  | { readonly kind: 'variable'; readonly name: string }

export interface LoadedConfig {
  readonly kind: 'config'
  readonly config: Config
  /** One line each; includes those of `unsafe`. */
  readonly warnings: readonly string[]
  /** Settings that `serve --strict` refuses. */
  readonly unsafe: readonly ConfigIssue[]
  readonly originOf: (path: readonly (string | number)[]) => Origin
}

export type ConfigOutcome =
  | LoadedConfig
  | { readonly kind: 'invalid'; readonly issues: readonly ConfigIssue[] }

const schema: SchemaNode = configSchema
const targets = targetsOf(schema)
const validate = validateWith(configValidator)

/** Never rejects because of the contents of a file or variable. Precedence: defaults < files in order < environment. */
export async function loadConfig({ files, env, stdin }: ConfigSources): Promise<ConfigOutcome> {
  const read = await Promise.all(files.map(file => readSource(file, { stdin })))
  const sources = read.filter(isSource)
  const unreadable = read.filter(isIssue)
  const merged = sources.reduce<JsonValue>((under, { value }) => deepMerge(under, value), {})
  const texts = withFileTexts(env, targets)
  const layer = applyEnv(merged as JsonObject, texts.env, { targets, validate })
  const locate = locatorOf(sources, layer)
  // A key is not reported as missing while a file that may contain it cannot be read.
  const known = (issue: SchemaIssue): boolean => unreadable.length === 0 || !isMissing(issue)
  const wrong = [
    ...unreadable,
    ...texts.issues,
    ...layer.issues,
    ...validate(layer.value).filter(known).map(locate),
  ]
  if (wrong.length > 0) return invalid(wrong, files)
  // The schema check above proves that the value has this type.
  const filled = withDefaults(layer.value, schema) as unknown as Config
  const { config, warnings } = withoutClashingGrpc(filled, layer.value)
  const refused = checkCombinations(config, env).map(locate)
  if (refused.length > 0) return invalid(refused, files)
  const unsafe = strictChecks(config, env).map(locate)
  return {
    kind: 'config',
    config: freezeDeep(withByteStrings(config)),
    warnings: [...layer.warnings, ...warnings, ...notesOn(config), ...unsafe.map(renderIssue)],
    unsafe,
    originOf: originsIn(sources, layer),
  }
}

/** Every file that the configuration is read from, including those named by variables. */
export const filesOf = ({ files, env }: ConfigSources): readonly string[] => [
  ...files,
  ...filesNamedIn(env, targets),
]

/** Issues in reading order: file by file from top to bottom, then those from elsewhere. */
function invalid(issues: readonly ConfigIssue[], files: readonly string[]): ConfigOutcome {
  const rank = ({ file }: ConfigIssue): number =>
    file === undefined ? files.length : files.indexOf(file)
  const inOrder = issues.toSorted(
    (a, b) =>
      rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  )
  return { kind: 'invalid', issues: inOrder }
}

const isSource = (result: Source | ConfigIssue): result is Source => 'kind' in result

const isIssue = (result: Source | ConfigIssue): result is ConfigIssue => !isSource(result)

const isMissing = ({ found }: SchemaIssue): boolean => found === 'nothing'

type Locate = (issue: SchemaIssue) => ConfigIssue

/** Finds the variable, or the last file that has the key, or else the nearest section around it. */
function locatorOf(sources: readonly Source[], layer: EnvLayer): Locate {
  return ({ path, found, expected }) => {
    const issue = { key: keyOf(path), found, expected }
    const variable = layer.variableOf(path)
    if (variable !== undefined) return { ...issue, variable }
    for (let length = path.length; length > 0; length -= 1) {
      const part = path.slice(0, length)
      const source = sources.findLast(({ value }) => hasPath(value, part))
      if (source) return { ...issue, file: source.file, ...source.locate(part) }
    }
    return issue
  }
}

function originsIn(sources: readonly Source[], layer: EnvLayer): LoadedConfig['originOf'] {
  return path => {
    const name = layer.variableOf(path)
    if (name !== undefined) return { kind: 'variable', name }
    const source = sources.findLast(({ value }) => hasPath(value, path))
    if (source === undefined) return { kind: 'default' }
    const position = source.locate(path)
    return { kind: 'file', file: source.file, ...position }
  }
}

function hasPath(value: JsonValue, path: readonly (string | number)[]): boolean {
  let current: unknown = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key))
      return false
    current = (current as Record<string | number, unknown>)[key]
  }
  return true
}

/** Applies the environment over the values of the files. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { deepMerge } from '../../lib/merge.ts'
import type { Validate } from '../../lib/schema.ts'
import { type ConfigIssue, keyOf, type Path } from '../issue.ts'
import { type Setting, settingsIn, type Target } from './names.ts'
import { type EnvProblem, type EnvValue, parseSetting } from './parse.ts'

export interface EnvLayer {
  readonly value: JsonObject
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly string[]
  /** The variable that set a key, or that set the nearest section around it. */
  variableOf(path: Path): string | undefined
}

export interface EnvOptions {
  readonly targets: ReadonlyMap<string, Target>
  /** Checks a whole configuration. */
  readonly validate: Validate
}

/** Merges the values of the environment over `under`. */
export function applyEnv(
  under: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
  { targets, validate }: EnvOptions,
): EnvLayer {
  let value: JsonObject = under
  const issues: ConfigIssue[] = []
  const warnings: string[] = []
  const used: Setting[] = []
  for (const setting of settingsIn(env, targets)) {
    const parsed = gapBefore(value, setting) ?? parseSetting(setting)
    if (isProbablyForeign(setting, parsed, validate)) {
      warnings.push(foreign(setting))
    } else if (parsed.kind === 'env_problem') {
      const { found, expected } = parsed
      issues.push({ variable: setting.variable, key: keyOf(setting.path), found, expected })
    } else {
      used.push(setting)
      value = put(value, setting.path, parsed.value) as JsonObject
    }
  }
  return { value, issues, warnings, variableOf: path => variableOf(used, path) }
}

/** An element of a list needs the elements before it. */
function gapBefore(value: JsonObject, { path }: Setting): EnvProblem | undefined {
  const index = path.at(-1)
  if (typeof index !== 'number') return undefined
  const length = listAt(value, path.slice(0, -1)).length
  if (index <= length) return undefined
  const expected = `element ${length} first`
  return { kind: 'env_problem', found: 'an element after a gap', expected }
}

function listAt(value: JsonValue, path: Path): readonly JsonValue[] {
  let current: JsonValue | undefined = value
  for (const key of path) {
    current = isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  return Array.isArray(current) ? current : []
}

/**
 * Many programs set variables such as `VERSION` or `LOG`. A variable with a name of one word is ignored when its
 * value cannot be meant for Oarlock.
 */
function isProbablyForeign(
  { path, schema, text }: Setting,
  parsed: ReturnType<typeof parseSetting>,
  validate: Validate,
): boolean {
  const [key, ...below] = path
  if (key === undefined || below.length > 0) return false
  // No key of the first level is required.
  const fits = (): boolean => validate({ [key]: text }).length === 0
  return parsed.kind === 'env_problem' || (schema.type === 'string' && !fits())
}

const foreign = ({ variable, path, schema }: Setting): string =>
  `The environment variable ${variable} is ignored: ${keyOf(path)} takes ${schema.type === 'object' ? 'a JSON object' : 'another text'}`

function put(into: JsonValue | undefined, path: Path, value: EnvValue['value']): JsonValue {
  const [key, ...rest] = path
  if (key === undefined) return deepMerge(into ?? null, value)
  if (typeof key === 'number') return withElement(into, key, value)
  const below = isJsonObject(into) ? into : {}
  const old = Object.hasOwn(below, key) ? below[key] : undefined
  return Object.fromEntries([...Object.entries(below), [key, put(old, rest, value)]])
}

function withElement(list: JsonValue | undefined, index: number, value: JsonValue): JsonValue {
  const old: readonly JsonValue[] = Array.isArray(list) ? list : []
  return [...old.slice(0, index), value, ...old.slice(index + 1)]
}

/** The last variable that set the key or an element of its list. */
function variableOf(settings: readonly Setting[], path: Path): string | undefined {
  const within = settings.filter(setting => setting.path.every((part, i) => part === path[i]))
  return within.at(-1)?.variable
}

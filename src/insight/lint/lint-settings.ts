/**
 * `.oarlock-lint.yaml`: levels per code, and per rule and code. `off` needs a reason.
 *
 * codes:
 *   no-audience: error
 *   open-host: { level: off, reason: one host, behind one proxy }
 * rules:
 *   orders:
 *     unsafe-method-open: { level: off, reason: the webhook signs its body }
 */
import { readSource } from '../../config/files/read.ts'
import type { Source } from '../../config/files/source.ts'
import { type ConfigIssue, keyOf, renderIssue } from '../../config/issue.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { describeValue } from '../../lib/schema/describe.ts'
import { type Code, isCode } from './codes.ts'
import { type Level, levels } from './level.ts'
import type { Path } from './linted.ts'
import { shownPath } from './places.ts'

export type Setting = Level | 'off'

export interface RuleSetting {
  readonly rule: string
  readonly code: Code
  readonly setting: Setting
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface LintSettings {
  readonly kind: 'settings'
  readonly codes: ReadonlyMap<Code, Setting>
  readonly rules: readonly RuleSetting[]
}

/** Lines about mistakes. */
export interface SettingsProblem {
  readonly kind: 'settings_problem'
  readonly isUnreadable: boolean
  readonly problems: readonly string[]
}

export const noSettings: LintSettings = { kind: 'settings', codes: new Map(), rules: [] }

export async function readSettings(file: string): Promise<LintSettings | SettingsProblem> {
  const source = await readSource(file)
  if (!('kind' in source)) return problem([source], source.isUnreadable === true)
  const issues: ConfigIssue[] = []
  const read: Reading = { source, issue: issue => issues.push({ file, ...issue }) }
  const settings = toSettings(read)
  return issues.length > 0 ? problem(issues, false) : settings
}

const problem = (issues: readonly ConfigIssue[], isUnreadable: boolean): SettingsProblem => ({
  kind: 'settings_problem',
  isUnreadable,
  problems: issues.map(renderIssue),
})

interface Reading {
  readonly source: Source
  readonly issue: (issue: Omit<ConfigIssue, 'file'>) => void
}

function toSettings(reading: Reading): LintSettings {
  const { value } = reading.source
  for (const key of Object.keys(value)) {
    if (key !== 'codes' && key !== 'rules') refuse(reading, [key], 'codes or rules')
  }
  return {
    kind: 'settings',
    codes: new Map(readCodes(reading, value['codes'], ['codes'])),
    rules: membersOf(reading, value['rules'], ['rules']).flatMap(([rule, own]) =>
      readCodes(reading, own, ['rules', rule]).map(([code, setting]) => ({
        rule,
        code,
        setting,
        file: shownPath(reading.source.file),
        line: 1,
        column: 1,
        ...reading.source.locate(['rules', rule, code]),
      })),
    ),
  }
}

function readCodes(
  reading: Reading,
  value: JsonValue | undefined,
  path: Path,
): readonly (readonly [Code, Setting])[] {
  return membersOf(reading, value, path).flatMap(([code, setting]) => {
    if (!isCode(code)) return refuse(reading, [...path, code], 'a code of docs/lint')
    const read = readSetting(reading, setting, [...path, code])
    return read === undefined ? [] : [[code, read] as const]
  })
}

function readSetting(reading: Reading, value: JsonValue, path: Path): Setting | undefined {
  const [level, reason] = isJsonObject(value)
    ? [value['level'], value['reason']]
    : [value, undefined]
  if (level === 'off') {
    if (typeof reason === 'string' && reason.trim() !== '') return 'off'
    refuse(reading, path, '{ level: off, reason: TEXT }')
    return undefined
  }
  const known = levels.find(one => one === level)
  if (known === undefined)
    refuse(reading, path, `one of ${levels.join(', ')}, or off with a reason`)
  return known
}

function membersOf(reading: Reading, value: JsonValue | undefined, path: Path) {
  if (value === undefined || value === null) return []
  if (isJsonObject(value)) return Object.entries(value)
  return refuse(reading, path, 'an object')
}

function refuse({ source, issue }: Reading, path: Path, expected: string): readonly [] {
  let found: JsonValue | undefined = source.value
  for (const key of path) found = isJsonObject(found) ? found[String(key)] : undefined
  issue({
    ...source.locate(path),
    key: keyOf(path),
    found: describeValue(found ?? null, path),
    expected,
  })
  return []
}

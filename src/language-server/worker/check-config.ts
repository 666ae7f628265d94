/** What `validate` and `lint` say about a configuration and its rules, at the places where it is written. */
import { resolve } from 'node:path'
import { rulesOrProblem } from '../../app/rules/read-all-rules.ts'
import type { CheckedRules } from '../../app/rules/read-rules.ts'
import { findStartProblems } from '../../app/start-problems.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { unbuiltKeys } from '../../config/unbuilt.ts'
import { findAll } from '../../insight/lint/lint.ts'
import { toLinted } from '../../insight/lint/linted.ts'
import { settingsOf } from '../../insight/lint/settings-file.ts'
import { textOf } from '../../lib/bytes.ts'
import { environment } from '../../lib/environment.ts'
import { uncalled } from '../../rules/loading/source.ts'
import { createFiles, type Files } from './files.ts'
import type { FoundConfig } from './find-config.ts'
import { isRuleFile } from './find-config.ts'
import { noteIssue } from './issues.ts'
import type { Checked, FileKind } from './messages.ts'
import { namesOf } from './names.ts'
import { noteOf, noteOfFinding, topOfFile } from './notes.ts'
import { noteRuleProblems, noteRuleText } from './rule-notes.ts'

/** `open`: the files that the editor shows. Changes the working folder of the process. */
export async function checkConfig(
  found: FoundConfig,
  open: Iterable<string>,
  kind: FileKind,
): Promise<Checked> {
  process.chdir(found.folder)
  const shown = [...open]
  const rules = shown.filter(path => isRuleFile(path, found))
  const files = createFiles()
  const check: Checking = { found, files, rules }
  const texts = await Promise.all(rules.map(path => noteRuleText(path, files)))
  const loaded = await loadConfig({ files: found.files, env: environment() })
  if (loaded.kind === 'invalid') {
    for (const issue of loaded.issues) await noteIssue(issue, found.files[0] ?? '', files)
  } else {
    await noteSettings(loaded, check)
  }
  const read = loaded.kind === 'config' ? await rulesOrProblem(loaded.config) : undefined
  if (loaded.kind === 'config') await noteRules(loaded, read ?? '', { ...check, said: texts })
  return {
    kind,
    files: files.notes([...rules, ...shown.filter(path => found.files.includes(path))]),
    names: loaded.kind === 'config' ? namesOf(loaded.config, read) : undefined,
  }
}

interface Checking {
  readonly found: FoundConfig
  readonly files: Files
  /** Rule files that the editor shows. */
  readonly rules: readonly string[]
}

/** Warnings of the configuration, and what would keep a start from succeeding. */
async function noteSettings(loaded: LoadedConfig, check: Checking): Promise<void> {
  const { problems, warnings } = await findStartProblems(loaded.config)
  const unbuilt = unbuiltKeys(loaded.config).map(key => `${key}: has no effect in this version`)
  for (const text of [...loaded.warnings, ...unbuilt, ...warnings]) {
    await noteKey(text, { ...check, loaded, level: 'warning' })
  }
  for (const text of problems) await noteKey(text, { ...check, loaded, level: 'error' })
}

interface KeyNote extends Checking {
  readonly loaded: LoadedConfig
  readonly level: 'error' | 'warning' | 'information'
}

/** A text that begins with its key, as `serve.api.tls.cert.path: …`, perhaps behind a place. */
async function noteKey(text: string, { found, files, loaded, level }: KeyNote): Promise<void> {
  const [, key = ''] = /^(?:\S+:\d+:\d+ )?([a-z_][\w.]*): /.exec(text) ?? []
  const path = key.split('.')
  for (let length = path.length; length > 0; length -= 1) {
    const origin = loaded.originOf(path.slice(0, length))
    if (origin.kind !== 'file') continue
    const file = resolve(origin.file)
    const range = (await files.rangesOf(file)).at(origin, 'value')
    return files.add(file, noteOf(range, text, level))
  }
  files.add(found.files[0] ?? '', noteOf(topOfFile, text, level))
}

interface RulesCheck extends Checking {
  /** What is wrong with rule files that the editor shows, which stands in them. */
  readonly said: readonly (string | undefined)[]
}

async function noteRules(
  loaded: LoadedConfig,
  read: CheckedRules | string,
  check: RulesCheck,
): Promise<void> {
  const at = 'access_rules.repositories: '
  if (typeof read === 'string') return noteKey(read, { ...check, loaded, level: 'error' })
  for (const { location, problem } of read.reports) {
    if (problem === undefined) continue
    const text = textOf(problem)
    if (check.said.some(known => known !== undefined && text.includes(known))) continue
    const level = problem === uncalled ? 'information' : 'error'
    await noteKey(`${at}${location}: ${text}`, { ...check, loaded, level })
  }
  for (const { location, problem } of read.keySets) {
    const text = `${at}key set ${textOf(location)}: ${textOf(problem)}`
    await noteKey(text.slice(at.length), { ...check, loaded, level: 'warning' })
  }
  await noteRuleProblems(read, check.files)
  await noteFindings(loaded, read, check)
}

async function noteFindings(
  loaded: LoadedConfig,
  read: CheckedRules,
  { found, files }: Checking,
): Promise<void> {
  const settings = await settingsOf(undefined, found.files)
  if (settings.kind === 'settings_problem') {
    for (const problem of settings.problems)
      files.add(found.files[0] ?? '', noteOf(topOfFile, problem))
    return
  }
  const all = await findAll(toLinted(loaded, read), { files: found.files, settings })
  for (const finding of all.findings) {
    const placed = await noteOfFinding(finding, all.fixes.get(finding), files.rangeOf)
    if (placed !== undefined) files.add(placed.path, placed.note)
  }
}

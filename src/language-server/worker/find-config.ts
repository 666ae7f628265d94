/** Finds the configuration that a file belongs to. */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { readSource } from '../../config/files/read.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { openTextOf } from '../../lib/open-texts.ts'
import { filePathOf } from '../../rules/loading/source.ts'
import { isTestFile } from '../file-kinds.ts'
import type { Workspace } from './messages.ts'

export interface FoundConfig {
  /** Configuration files, in order; absolute. */
  readonly files: readonly string[]
  /** Where relative locations begin. */
  readonly folder: string
  /** Files and folders of rules of this machine; absolute. */
  readonly rulePaths: readonly string[]
}

const names = ['oarlock', 'oathkeeper'].flatMap(name =>
  ['yaml', 'yml', 'json', 'toml'].map(ending => `${name}.${ending}`),
)

/** Folders are looked at up to this height. */
const highest = 64

/** undefined: it belongs to none. */
export async function findConfig(
  file: string,
  workspace: Workspace,
): Promise<FoundConfig | undefined> {
  if (workspace.config.length > 0) {
    const found = await openConfig(workspace.config, workspace)
    return belongsTo(file, found) ? found : undefined
  }
  for (const folder of foldersAbove(file, workspace)) {
    for (const candidate of names.map(name => join(folder, name)).filter(isThere)) {
      const found = await openConfig([candidate], workspace)
      if (belongsTo(file, found)) return found
    }
  }
  return undefined
}

/** Whether it is one of its files, or its rules. */
const belongsTo = (file: string, found: FoundConfig): boolean =>
  found.files.includes(file) || isRuleFile(file, found)

export const isRuleFile = (file: string, { files, rulePaths }: FoundConfig): boolean =>
  !isTestFile(file) &&
  !files.includes(file) &&
  rulePaths.some(path => path === file || dirname(file) === path)

export async function openConfig(
  files: readonly string[],
  workspace: Workspace,
): Promise<FoundConfig> {
  const locations =
    (await Promise.all(files.map(locationsIn))).findLast(one => one.length > 0) ?? []
  const paths = locations.flatMap(location => filePathOf(location) ?? [])
  const folder = folderOf(files, paths, workspace)
  return { files, folder, rulePaths: paths.map(path => resolve(folder, path)) }
}

/** The folder of the file, then those above it, up to that of the workspace. */
function foldersAbove(file: string, { roots }: Workspace): readonly string[] {
  const first = dirname(file)
  const root = roots.find(one => first === one || first.startsWith(one + sep)) ?? first
  const folders = [first]
  let folder = first
  while (folder !== root && folders.length < highest) {
    folder = dirname(folder)
    folders.push(folder)
  }
  return folders
}

const isThere = (path: string): boolean => openTextOf(path) !== undefined || existsSync(path)

/** Relative locations begin in the working folder of the server: the one where they all exist is taken for it. */
function folderOf(
  [first = '']: readonly string[],
  paths: readonly string[],
  { folder, roots }: Workspace,
): string {
  if (folder !== undefined) return folder
  const own = dirname(first)
  const root = roots.find(one => own === one || own.startsWith(one + sep))
  const relative = paths.filter(path => !isAbsolute(path))
  const candidates = root === undefined ? [own] : [own, root]
  return (
    candidates.find(
      one => relative.length > 0 && relative.every(path => isThere(join(one, path))),
    ) ?? own
  )
}

async function locationsIn(file: string): Promise<readonly string[]> {
  const source = await readSource(file)
  if (!('kind' in source)) return []
  const section: JsonValue | undefined = source.value['access_rules']
  const listed = isJsonObject(section) ? section['repositories'] : undefined
  return Array.isArray(listed) ? listed.filter(one => typeof one === 'string') : []
}

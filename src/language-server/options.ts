/** What the editor says when it starts the server. Everything may be missing or wrong. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { describeValue } from '../lib/schema/describe.ts'
import type { Workspace } from './worker/messages.ts'

export interface StartOptions {
  readonly workspace: Workspace
  /** Options that are not valid, and are left out. */
  readonly problems: readonly string[]
  /** The editor watches files if it is asked to. */
  readonly canWatch: boolean
}

/** `params`: those of `initialize`. */
export function readOptions(params: JsonObject): StartOptions {
  const roots = rootsOf(params)
  const { initializationOptions: options } = params
  const given = isJsonObject(options) ? options : {}
  const first = roots[0] ?? process.cwd()
  const problems: string[] = []
  const refuse = (name: string, value: JsonValue, expected: string): undefined => {
    problems.push(
      `initializationOptions.${name}: found ${describeValue(value, [])}, expected ${expected}`,
    )
  }
  const { config = [], folder } = given
  const files = typeof config === 'string' ? [config] : config
  const isList = Array.isArray(files) && files.every(one => typeof one === 'string')
  if (!isList) refuse('config', config, 'a path or a list of paths')
  if (folder !== undefined && typeof folder !== 'string') refuse('folder', folder, 'a path')
  return {
    workspace: {
      roots,
      config: isList ? files.map(file => resolve(first, file as string)) : [],
      folder: typeof folder === 'string' ? resolve(first, folder) : undefined,
    },
    problems,
    canWatch: flagAt(params, [
      'capabilities',
      'workspace',
      'didChangeWatchedFiles',
      'dynamicRegistration',
    ]),
  }
}

function rootsOf({ workspaceFolders, rootUri, rootPath }: JsonObject): readonly string[] {
  const folders = Array.isArray(workspaceFolders)
    ? workspaceFolders.map(one => (isJsonObject(one) ? one['uri'] : undefined))
    : []
  const named = folders.length > 0 ? folders : [rootUri]
  const roots = named.flatMap(uri => {
    try {
      return typeof uri === 'string' ? [resolve(fileURLToPath(uri))] : []
    } catch {
      return []
    }
  })
  return roots.length === 0 && typeof rootPath === 'string' ? [resolve(rootPath)] : roots
}

function flagAt(value: JsonValue, path: readonly string[]): boolean {
  let current: JsonValue | undefined = value
  for (const key of path) {
    current = isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  return current === true
}

import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** All files and folders that determine where a path leads. */
export interface PathChain {
  /** Folders, with the names in them that matter; undefined: all names. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string> | undefined>
  /** Regular files at the end of the path. */
  readonly files: ReadonlySet<string>
}

/** Per folder; a volume of Kubernetes has at most a hundred. */
const mostLinks = 500
/** Limits the steps, because links may form a loop. */
const mostSteps = 1000

interface Walk {
  readonly folders: Map<string, Set<string> | undefined>
  readonly files: Set<string>
}

/**
 * Follows a path through every folder and symbolic link, as far as it exists. If it ends in a folder, everything in
 * that folder is included, with the targets of the links in it.
 */
export function chainOf(path: string): PathChain {
  const walk: Walk = { folders: new Map(), files: new Set() }
  const end = follow(walk, path.startsWith('/') ? path : `${process.cwd()}/${path}`)
  if (end !== undefined) takeFolder(walk, end)
  return walk
}

function takeFolder(walk: Walk, folder: string): void {
  const links = entriesOf(folder).filter(entry => entry.isSymbolicLink())
  for (const { name } of links.slice(0, mostLinks)) follow(walk, join(folder, name))
  walk.folders.set(folder, undefined)
}

/** The folder at the end of the path; undefined when the path ends in something else or does not exist. */
function follow(walk: Walk, path: string): string | undefined {
  const rest = partsOf(path)
  let folder: string | undefined = '/'
  for (let steps = mostSteps; rest.length > 0 && folder !== undefined; steps--) {
    if (steps === 0) return undefined
    folder = step(walk, folder, rest)
  }
  return folder
}

/** Goes one name further; the target of a link is put before the remaining names. */
function step(walk: Walk, folder: string, rest: string[]): string | undefined {
  const name = rest.shift() ?? ''
  const at = join(folder, name)
  if (name !== '..') note(walk, folder, name)
  const stats = statsOf(at)
  const target = stats?.isSymbolicLink() ? linkAt(at) : undefined
  if (target !== undefined) {
    rest.unshift(...partsOf(target))
    return target.startsWith('/') ? '/' : folder
  }
  if (stats?.isFile() && rest.length === 0) walk.files.add(at)
  return stats?.isDirectory() ? at : undefined
}

const partsOf = (path: string): string[] =>
  path.split('/').filter(part => part !== '' && part !== '.')

function note({ folders }: Walk, folder: string, name: string): void {
  const names = folders.get(folder)
  if (names !== undefined) names.add(name)
  else if (!folders.has(folder)) folders.set(folder, new Set([name]))
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** A text that changes whenever the target of a path, or anything on the way to it, changes. */
export function fingerprintOf(path: string): string {
  const { folders, files } = chainOf(path)
  const inside = [...folders].flatMap(([folder, names]) => {
    const all = names ?? entriesOf(folder).map(({ name }) => name)
    return [...all].map(name => join(folder, name))
  })
  return [...inside, ...files].map(at => `${at} ${stampOf(statsOf(at))}`).join('\n')
}

const stampOf = (stats: Stats | undefined): string =>
  stats === undefined
    ? ''
    : `${stats.ino} ${stats.isDirectory() ? '' : `${stats.mtimeMs} ${stats.size}`}`

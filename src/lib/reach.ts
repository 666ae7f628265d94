/**
 * What this process may read and call: everything, unless it works for an editor or a language model. Set once, before
 * anything is read.
 */
import { realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'

export interface Reach {
  /** Files outside of this folder are not read, also through symbolic links. */
  readonly root?: string | undefined
  /** No other machine is called. */
  readonly isOffline: boolean
}

let reach: Reach = { isOffline: false }

/** Throws an Error when the root does not exist. */
export function limitReach({ root, isOffline }: Reach): void {
  reach = { root: root === undefined ? undefined : realpathSync(root), isOffline }
}

export const isOffline = (): boolean => reach.isOffline

/**
 * The path to open in place of this one: the file itself, without symbolic links, where a root is set. Throws an Error
 * with the code OUTSIDE for a file outside of it, and those of the file system.
 */
export function readablePath(path: string): string {
  const { root } = reach
  if (root === undefined) return path
  // A file outside must not even be seen to exist.
  if (!isBelow(resolve(path), root)) throw outside(path, root)
  const real = realpathSync(path)
  if (!isBelow(real, root)) throw outside(path, root)
  return real
}

const isBelow = (path: string, root: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)

const outside = (path: string, root: string): Error =>
  Object.assign(new Error(`"${path}" is not in the folder ${root}, and is not read`), {
    code: 'OUTSIDE',
    syscall: 'open',
  })

/** From what a model writes to arguments of a command. */
import { isAbsolute, normalize, relative, resolve, sep } from 'node:path'

/** A mistake of the caller; its message says which. */
export class WrongArgument extends Error {}

/** A path below the folder, relative to it. Whether a link leads out of it is checked when it is read. */
export function pathBelow(root: string, name: string, value: string): string {
  const wrong = (expected: string): WrongArgument =>
    new WrongArgument(`${name}: found ${JSON.stringify(value.slice(0, 200))}, expected ${expected}`)
  if (value === '' || value.includes('\0')) throw wrong('a path')
  // The command line takes several files with commas between them.
  if (value.includes(',')) throw wrong('a path without a comma')
  const path = normalize(relative(root, resolve(root, value)))
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
    throw wrong('a path in the folder that this server reads')
  }
  return path.startsWith('-') ? `.${sep}${path}` : path
}

/** `--name=value`, which is never taken for another option. */
export const option = (name: string, value: string): string => `--${name}=${value}`

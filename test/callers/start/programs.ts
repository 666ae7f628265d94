import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../support/folder.ts'

const ofSystem = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin']

/** The path of the program that .ci/proxies.sh installed from system packages. */
export const systemProgram = (name: string): string =>
  ofSystem.map(folder => join(folder, name)).find(isProgram) ?? missing(name)

/** The path of the program that .ci/proxies.sh installed in this repository. */
export function ownProgram(name: string): string {
  const file = join(root, '.venv/bin', name)
  return isProgram(file) ? file : missing(name)
}

function missing(name: string): never {
  throw new Error(`install first: .ci/proxies.sh (${name} is missing)`)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

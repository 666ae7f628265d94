import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { noSettings, readSettings } from './lint-settings.ts'

const settingsFile = '.oarlock-lint.yaml'

/** The settings of the option, or of the nearest file. */
export async function settingsOf(settings: string | undefined, config: readonly string[]) {
  const file = settings ?? placesOf(config[0]).find(one => existsSync(one))
  return file === undefined ? noSettings : readSettings(file)
}

/** Beside the configuration, then in the folders above it up to the working folder, or only in that one. */
function placesOf(config = settingsFile): readonly string[] {
  const here = process.cwd()
  const folders: string[] = []
  let folder = resolve(dirname(config))
  for (; folder.startsWith(`${here}/`); folder = dirname(folder)) folders.push(folder)
  return [...folders, folder, here].map(one => join(one, settingsFile))
}

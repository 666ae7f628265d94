import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const ending = /\.test\.ya?ml$/

/** The test files in the folders of configuration files, in order. `-` is in no folder. */
export async function testFilesBeside(config: readonly string[]): Promise<readonly string[]> {
  const folders = new Set(config.filter(file => file !== '-').map(folderOf))
  const found = await Promise.all(
    [...folders].map(async folder =>
      (await readdir(folder).catch(() => [])).map(name => join(folder, name)),
    ),
  )
  return found
    .flat()
    .filter(name => ending.test(name))
    .sort()
}

const folderOf = (file: string): string => (file === '.' ? '.' : dirname(file))

import { existsSync } from 'node:fs'

/** The folder with `package.json`: the same for a source file and for a built file that holds several. Ends in a slash. */
export const packageRoot: URL = rootAbove(new URL('./', import.meta.url))

function rootAbove(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder
  const above = new URL('../', folder)
  if (above.href === folder.href) throw new Error('package.json of Oarlock is missing')
  return rootAbove(above)
}

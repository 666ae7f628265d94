import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { scenarioName } from './scenario.ts'

/** The case files of some files and folders, in order of their names; `only` picks by scenario name. */
export function collect(places: readonly string[], only?: RegExp): string[] {
  const found = places.flatMap(place => (statSync(place).isDirectory() ? walk(place) : [place]))
  return only === undefined ? found : found.filter(file => only.test(scenarioName(file)))
}

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const files = entries.filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name))
  const folders = entries.filter(
    entry => entry.isDirectory() && !['data', 'quirks'].includes(entry.name),
  )
  return [...files, ...folders].flatMap(({ name }) => {
    const path = join(folder, name)
    return files.some(file => file.name === name) ? [path] : walk(path)
  })
}

/** Writes pages; with --check it only says which are out of date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)

/** By path from the root of the repository. */
export function writePages(pages: ReadonlyMap<string, string>): void {
  const isCheck = process.argv.includes('--check')
  for (const [path, text] of pages) {
    const file = new URL(path, root)
    if (!isCheck) {
      mkdirSync(new URL('.', file), { recursive: true })
      writeFileSync(file, text)
    } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      process.stderr.write(`${path} is out of date: run make docs\n`)
      process.exitCode = 1
    }
  }
}

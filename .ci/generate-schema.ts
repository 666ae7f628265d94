/** Writes docs/config.schema.json; with --check it only says whether the file is up to date. */
import { readFileSync, writeFileSync } from 'node:fs'
import { schemaDocument } from '../src/config/schema/document.ts'

const file = new URL('../docs/config.schema.json', import.meta.url)

if (!process.argv.includes('--check')) writeFileSync(file, schemaDocument())
else if (readFileSync(file, 'utf8') !== schemaDocument()) {
  process.stderr.write('docs/config.schema.json is out of date: run .ci/generate-schema.ts\n')
  process.exitCode = 1
}

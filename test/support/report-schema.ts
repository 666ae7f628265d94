import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { root } from './folder.ts'

/** The report of a command fits its published schema. */
export function assertFits(file: string, report: unknown): void {
  const ajv = new Ajv2020({ allErrors: true })
  const schema = JSON.parse(readFileSync(join(root, file), 'utf8')) as object
  assert.ok(ajv.validate(schema, report), JSON.stringify(ajv.errors))
}

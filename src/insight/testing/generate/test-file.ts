/** Generated tests as the text of a test file. */
import { dirname, relative, resolve } from 'node:path'
import { dump } from 'js-yaml'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import { withoutControls } from '../../../lib/without-controls.ts'
import type { RequestParts } from '../case.ts'
import type { GeneratedTests } from './generate.ts'
import type { PinnedRow } from './pin.ts'

export interface Destination {
  readonly file: string
  /** Paths of configuration files. */
  readonly config: readonly string[]
}

const heading = `# What the rules answer today, as \`oarlock test --generate\` found it: read it, and change what should be otherwise.
# yaml-language-server: $schema=https://oarlock.dev/schemas/test-file.schema.json
`

/** How deep blocks go before maps are written on one line. */
const flowLevel = 4
const lineWidth = 150

export function testFileText(tests: GeneratedTests, { file, config }: Destination): string {
  const names = config.map(name => relative(dirname(resolve(file)), resolve(name)))
  const found = tests.rules.filter(({ rows }) => rows.length > 0)
  const missing = tests.rules.filter(({ rows }) => rows.length === 0)
  const content = {
    oarlock_test: 1,
    config: names.length === 1 ? names[0] : names,
    defaults: { now: new Date(tests.now).toISOString().replace('.000Z', 'Z') },
    tests: found.map(({ rule, rows }) => ({ name: `rule ${rule}`, table: rows.map(rowOf) })),
  }
  const notes = missing.map(
    ({ rule }) => `# No request was found for the rule ${withoutControls(JSON.stringify(rule))}.\n`,
  )
  return `${heading}${dump(content, { flowLevel, lineWidth, noRefs: true })}${notes.join('')}`
}

function rowOf({ candidate, expect, doors }: PinnedRow): JsonObject {
  const { request, claims, stubs } = candidate
  return {
    ...(claims === undefined ? {} : { as: claims }),
    request: requestOf(request),
    ...(Object.keys(stubs).length === 0 ? {} : { stubs }),
    ...(doors.length === mostDoors ? {} : { doors: [...doors] }),
    expect: expect as JsonObject,
  }
}

const mostDoors = 3

function requestOf({ method = 'GET', url = '', ...more }: RequestParts): JsonValue {
  const isPlain = Object.keys(more).length === 0 && !/\s/.test(url)
  return isPlain ? `${method} ${url}` : ({ method, url, ...more } as JsonObject)
}

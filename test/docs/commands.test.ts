/** The pages of commands: their commands print what the pages show. */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, temporaryFolder } from '../support/folder.ts'
import { differenceOf } from '../support/printed.ts'
import { testCommandPage } from './command-page.ts'
import { isStep, partsOf, walk } from './walkthrough.ts'

testCommandPage('docs/commands/diff.md', 2)
testCommandPage('docs/commands/map.md', 1)
testCommandPage('docs/commands/prove.md', 1)

/** Pages whose commands need a shell. */
for (const name of ['explain', 'language-server', 'mcp', 'test']) {
  test(`docs/commands/${name}.md`, async t => {
    const parts = partsOf(readFileSync(join(root, `docs/commands/${name}.md`), 'utf8'))
    const steps = parts.filter(isStep)
    assert.ok(steps.length > 0)
    const bin = temporaryFolder(t)
    const program = join(bin, 'oarlock')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/main.js' "$@"\n`)
    chmodSync(program, 0o755)
    const env = { PATH: `${bin}:${process.env['PATH']}` }
    const outcomes = await walk(t, { parts, folder: temporaryFolder(t), env })
    for (const [i, step] of steps.entries()) {
      await t.test(`line ${step.line}`, () => {
        assert.equal(differenceOf(step.expected, outcomes[i]?.printed ?? ''), undefined)
      })
    }
  })
}

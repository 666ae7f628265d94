/** The page of the command: its files give the output that it shows. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { fencesIn } from '../support/fences.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { differenceOf } from '../support/printed.ts'

const fences = fencesIn(readFileSync(join(root, 'docs/commands/lint.md'), 'utf8'))

test('docs/commands/lint.md: each output is that of the files above it', async t => {
  const folder = temporaryFolder(t)
  mkdirSync(folder, { recursive: true })
  let outputs = 0
  for (const { attributes, text } of fences) {
    const file = attributes.get('file')
    const own = text.replace('file://', `file://${folder}/`)
    if (file !== undefined) writeFileSync(join(folder, file), own)
    if (!attributes.has('output')) continue
    outputs += 1
    assert.equal(differenceOf(text, await printed(folder)), undefined)
  }
  assert.equal(outputs, 2)
})

test('docs/commands/lint.md: the rule with a comment has no finding', async t => {
  const folder = temporaryFolder(t)
  const textOf = (name: string): string =>
    fences.find(({ attributes }) => attributes.get('file') === name)?.text ?? ''
  writeFileSync(join(folder, 'hook.yaml'), textOf('hook.yaml'))
  const config = textOf('oarlock.yaml').replace('file://rules.yaml', `file://${folder}/hook.yaml`)
  writeFileSync(join(folder, 'oarlock.yaml'), config)
  assert.equal(await printed(folder), 'no findings\n')
})

/** With paths relative to the folder. */
async function printed(folder: string): Promise<string> {
  const lines: string[] = []
  const print = (text: string): void => void lines.push(text)
  await run(['lint', '-c', join(folder, 'oarlock.yaml')], { out: print, err: print })
  return lines.join('').replaceAll(/^\S*\/(?=rules\.yaml$)/gm, '')
}

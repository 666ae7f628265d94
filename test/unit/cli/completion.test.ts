import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { temporaryFolder } from '../../support/folder.ts'

async function scriptFor(shell: string): Promise<string> {
  let text = ''
  const out = (part: string): void => {
    text += part
  }
  assert.equal(await run(['completion', shell], { out, err: assert.fail }), 0)
  return text
}

/** The words that bash offers after these words. */
async function offered(t: TestContext, ...words: readonly string[]): Promise<readonly string[]> {
  const file = join(temporaryFolder(t), 'completion.sh')
  writeFileSync(file, await scriptFor('bash'))
  const program = `source "$0"; COMP_WORDS=(oarlock "$@"); COMP_CWORD=$#; _oarlock; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', program, file, ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(word => word !== '')
}

test('bash offers commands, their commands and their options', async t => {
  assert.deepEqual(await offered(t, 'ru'), ['rules'])
  assert.deepEqual(await offered(t, 'rules', ''), ['list', 'get', '--help'])
  assert.ok((await offered(t, 'rules', 'list', '--')).includes('--limit'))
  assert.ok((await offered(t, 'serve', '--s')).includes('--strict'))
})

test('the scripts of other shells name every command', async () => {
  for (const shell of ['zsh', 'fish', 'powershell']) {
    const text = await scriptFor(shell)
    for (const word of ['serve', 'validate', 'credentials', 'generate', '--strict', 'rules list']) {
      assert.ok(text.includes(word), `${shell}: ${word}`)
    }
  }
})

test('an unknown shell is refused', async () => {
  let text = ''
  const err = (part: string): void => {
    text += part
  }
  assert.equal(await run(['completion', 'csh'], { out: assert.fail, err }), 1)
  assert.match(text, /found "csh", expected one of bash, zsh, fish, powershell/)
})

/** `-c FILE` stands before the arguments of a command as well as behind them. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { root } from '../support/folder.ts'

const config = join(root, 'deploy/quickstart/oarlock.yaml')
const tests = join(root, 'deploy/quickstart/rules.test.yaml')

async function printed(...args: readonly string[]) {
  let text = ''
  const add = (more: string): void => {
    text += more
  }
  const code = await run(args, { out: add, err: add })
  return { code, text }
}

const commands = {
  explain: ['explain', '-c', config, 'GET', 'http://127.0.0.1:4455/public/a'],
  'the same behind': ['explain', 'GET', 'http://127.0.0.1:4455/public/a', '-c', config],
  test: ['test', '-c', config, tests],
  diff: ['diff', '-c', config, config, config],
}

for (const [name, args] of Object.entries(commands)) {
  test(`${name}: ${args[1]} comes first`, async () => {
    const { code, text } = await printed(...args)
    assert.equal(code, 0, text)
  })
}

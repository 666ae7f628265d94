/** `oarlock test --jobs`: several processes report what one does. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { temporaryFolder } from '../support/folder.ts'
import { shopHandlers } from '../support/shop.ts'

const rule = (id: string) => ({
  id,
  match: { url: `https://shop.test/${id}`, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
})

function folderWith(t: TestContext): { readonly files: readonly string[] } {
  const folder = temporaryFolder(t)
  const repositories = [`file://${folder}/rules.yaml`]
  const config = stringify({ ...shopHandlers, access_rules: { repositories } })
  for (const name of ['a', 'b']) writeFileSync(join(folder, `${name}.yaml`), config)
  writeFileSync(join(folder, 'rules.yaml'), stringify(['x', 'y', 'z'].map(rule)))
  const files = ['x', 'y', 'z', 'x', 'none'].map((id, i) => {
    const file = join(folder, `${i}.test.yaml`)
    const tests = Array.from({ length: i === 3 ? 40 : 3 }, (_, n) => ({
      name: `${i} ${n}`,
      request: `GET https://shop.test/${id}`,
      expect: { allow: id },
      stubs: { [`GET http://${i}.test/`]: {} },
    }))
    const own = i % 2 === 0 ? 'a.yaml' : 'b.yaml'
    writeFileSync(file, stringify({ oarlock_test: 1, config: own, tests }))
    return file
  })
  return { files }
}

async function cli(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

test('results, coverage and warnings are those of one process, in the same order', async t => {
  const { files } = folderWith(t)
  const one = await cli('test', ...files, '--format', 'json')
  assert.equal(one.code, 4)
  for (const jobs of ['2', '3', '9']) {
    const several = await cli('test', ...files, '--format', 'json', '--jobs', jobs)
    assert.deepEqual(JSON.parse(several.out), JSON.parse(one.out))
    assert.deepEqual([several.code, several.err], [one.code, one.err])
  }
})

test('a number that is none, and changes of rules, are wrong usage', async t => {
  const { files } = folderWith(t)
  for (const jobs of ['0', '-1', 'all', '100']) {
    assert.equal((await cli('test', ...files, '--jobs', jobs)).code, 2)
  }
  assert.equal((await cli('test', ...files, '--jobs', '2', '--mutate')).code, 2)
})

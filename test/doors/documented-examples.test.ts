/** The examples of Oathkeeper's documentation behave as with Oathkeeper, including the mistakes of its pages. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import {
  type Asked,
  askAs,
  type Example,
  hasStarted,
  readExamples,
  type Started,
  startExample,
} from '../support/documented-examples.ts'
import { root } from '../support/folder.ts'

const program = [process.execPath, join(root, 'dist/main.js')] as const

/** Exit code and output of `validate` with the files and the environment of the example. */
async function validate(
  t: TestContext,
  example: Example,
  { files, env }: Started,
): Promise<readonly [code: number, output: string]> {
  const isNamed = example.command?.join() !== 'serve'
  const names = isNamed ? [files.config, ...(example.second ? [files.second] : [])] : []
  for (const [name, value] of Object.entries(env)) setVariable(t, name, value)
  let output = ''
  const add = (text: string): void => {
    output += text
  }
  const args = ['validate', ...names.flatMap(name => ['-c', name])]
  const code = await run(args, { out: add, err: add })
  return [code, output]
}

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  t.after(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

const expected = ({ gives = 0, tells = '', ours }: Asked): readonly [number, string] =>
  ours === undefined ? [gives, tells] : [ours[0], ours[1]]

async function check(t: TestContext, example: Example): Promise<void> {
  const { problem, starts = true, requests = [] } = example
  const started = await startExample(t, program, example)
  const [[code, output], isUp] = await Promise.all([
    validate(t, example, started),
    hasStarted(started),
  ])
  assert.equal(code, problem === undefined ? 0 : 3, output)
  assert.ok(output.includes(problem ?? ''), `${problem}: ${output}`)
  assert.equal(isUp, starts, started.child.log())
  if (!isUp) assert.ok(started.child.log().includes(problem ?? ''), started.child.log())
  for (const asked of requests) {
    assert.deepEqual(await askAs(started, asked), expected(asked), JSON.stringify(asked))
  }
}

for (const example of readExamples()) test(example.name, t => check(t, example))

/** Tests of a page whose examples run: one test per example. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/folder.ts'
import { differenceOf } from '../support/printed.ts'
import { type Asked, type Example, examplesIn } from './examples.ts'
import { type Answered, openExample, type Site } from './run-example.ts'

/** The page has at least `least` examples, and each gives what the page shows. */
export function testExamples(file: string, least: number): void {
  const examples = examplesIn(readFileSync(join(root, file), 'utf8'))
  test(`${file}: the page has examples, and each gives what it shows`, () => {
    assert.ok(examples.length >= least, `${examples.length} examples`)
    for (const { line, asked, validated, linted } of examples) {
      assert.ok(asked.length > 0 || validated !== undefined || linted !== undefined, `line ${line}`)
    }
  })
  for (const example of examples) testExample(file, example)
}

function testExample(file: string, example: Example): void {
  test(`${file}: line ${example.line}`, async t => {
    const site = await openExample(t, example)
    await assertPrinted(site, example)
    for (const asked of example.asked) assertAnswered(asked, await site.ask(asked))
  })
}

async function assertPrinted(site: Site, { validated, linted }: Example): Promise<void> {
  for (const [name, expected] of [
    ['validate', validated],
    ['lint', linted],
  ] as const) {
    if (expected === undefined) continue
    assert.equal(differenceOf(expected, await site.command(name)), undefined)
  }
}

function assertAnswered({ text, status, answered, contains }: Asked, answer: Answered): void {
  assert.equal(answer.status, status, `${text}\n${answer.text}`)
  for (const [name, value] of answered) {
    assert.deepEqual(answer.all(name), value === undefined ? [] : [value], text)
  }
  for (const part of contains) assert.ok(answer.text.includes(part), `${text}\n${answer.text}`)
}

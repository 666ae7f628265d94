/** README.md: its rule behaves as the text below it says, and everything that it names exists. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fencesIn } from '../support/fences.ts'
import { root } from '../support/folder.ts'
import { examplesIn } from './examples.ts'
import { openExample } from './run-example.ts'

const page = readFileSync(join(root, 'README.md'), 'utf8')

const asked = `\
GET https://shop.example.com/orders/7 with X-User: root as {"sub":"alice","scope":"orders.read"} → 200
GET https://shop.example.com/orders/7 with X-User: root as {"sub":"alice"} → 401
GET https://shop.example.com/orders/7 → 401
GET https://shop.example.com/orders/x → 404
`

test('the rule allows a token with its scope, and no other request', async t => {
  const [rule] = fencesIn(page).filter(({ language }) => language === 'yaml')
  const [example] = examplesIn(
    fenced('yaml rules', rule?.text ?? '') + fenced('text requests', asked),
  )
  assert.ok(example)
  const site = await openExample(t, example)
  for (const one of example.asked) {
    const answer = await site.ask(one)
    const user = one.status === 200 ? ['alice'] : []
    assert.deepEqual([answer.status, answer.all('x-user')], [one.status, user], one.text)
  }
})

const fenced = (info: string, text: string): string => `\`\`\`${info}\n${text}\`\`\`\n`

test('every make target that it names exists', () => {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8')
  const named = [...page.matchAll(/^make (\w+)|`make (\w+)`/gm)].map(([, a, b]) => a ?? b ?? '')
  assert.ok(named.includes('run') && named.includes('test'), named.join())
  for (const name of named) assert.match(makefile, new RegExp(`^${name}:`, 'm'))
})

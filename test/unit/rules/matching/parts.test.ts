import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileParts } from '../../../../src/rules/matching/parts.ts'
import { isProblem } from '../../../../src/rules/matching/problem.ts'

test('a host without paths is the whole host, whatever the path', () => {
  const patterns = compileParts({ schemes: null, hosts: ['shop.example'], paths: null })
  assert.ok(!isProblem(patterns))
  const matches = (url: string) => patterns.some(pattern => pattern.test(url))
  for (const url of [
    'https://shop.example',
    'http://shop.example:80/',
    'https://shop.example/a/b',
  ]) {
    assert.ok(matches(url), url)
  }
  for (const host of [
    'shop.example.evil.com',
    'shop.examples',
    'shop.example-2',
    'shop.example:80a',
  ])
    assert.ok(!matches(`https://${host}/`), host)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRuleCompiler } from '../../../../src/rules/compiling/compile.ts'
import type { PipelineSettings } from '../../../../src/rules/compiling/settings.ts'
import type { RuleDefinition } from '../../../../src/rules/definition.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'
import type { Rule } from '../../../../src/rules/rule.ts'
import type { RuleSet } from '../../../../src/rules/rule-set.ts'
import { testDeps } from '../../../support/deps.ts'
import { requestTo } from '../../../support/request.ts'

const enabled = { enabled: true, config: {} }
const settings: PipelineSettings = {
  strategy: 'regexp',
  authenticators: { noop: enabled },
  authorizers: { allow: enabled },
  mutators: { noop: enabled },
  errors: { json: enabled },
  fallback: ['json'],
}

function definitionsOf(...urls: string[]): readonly RuleDefinition[] {
  const rules = urls.map(url => ({
    id: url,
    match: { url, methods: ['GET'] },
    authenticators: [{ handler: 'noop' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }))
  const document = parseDocument(JSON.stringify(rules))
  assert.ok(document.kind === 'document')
  return document.rules
}

function found(set: RuleSet, url: string): Rule {
  const rule = set.find(requestTo(url))
  assert.ok(rule.kind === 'rule', JSON.stringify(rule))
  return rule
}

test('an unchanged definition keeps its compiled rule, in another set', async () => {
  const compiler = createRuleCompiler(testDeps)
  const [a, b] = definitionsOf('http://a/', 'http://b/')
  assert.ok(a && b)
  const before = await compiler.compile([a, b], settings)
  const [c] = definitionsOf('http://c/')
  assert.ok(c)
  const after = await compiler.compile([c, a], { ...settings })
  assert.equal(found(after, 'http://a/'), found(before, 'http://a/'))
  assert.equal(after.find(requestTo('http://b/')).kind, 'failure')
  assert.equal(found(after, 'http://c/').id, 'http://c/')
})

test('other settings compile every rule again', async () => {
  const compiler = createRuleCompiler(testDeps)
  const definitions = definitionsOf('http://a/')
  const before = await compiler.compile(definitions, settings)
  const disabled = { ...settings, authorizers: { allow: { enabled: false } } }
  const after = await compiler.compile(definitions, disabled)
  assert.notEqual(found(after, 'http://a/'), found(before, 'http://a/'))
  assert.equal(after.problems.length, 1)
  assert.equal((await compiler.compile(definitions, settings)).problems.length, 0)
})

test('another strategy is used for every pattern', async () => {
  const compiler = createRuleCompiler(testDeps)
  const definitions = definitionsOf('http://a/<{x,y}>')
  const byExpression = await compiler.compile(definitions, settings)
  assert.equal(byExpression.find(requestTo('http://a/x')).kind, 'failure')
  const byGlob = await compiler.compile(definitions, { ...settings, strategy: 'glob' })
  assert.equal(found(byGlob, 'http://a/x').id, 'http://a/<{x,y}>')
})

test('the same definition twice is found twice', async () => {
  const [a] = definitionsOf('http://a/')
  assert.ok(a)
  const set = await createRuleCompiler(testDeps).compile([a, a], settings)
  assert.equal(set.find(requestTo('http://a/')).kind, 'failure')
})

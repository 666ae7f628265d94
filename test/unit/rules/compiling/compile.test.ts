import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../../src/lib/json.ts'
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

/** The problems of one rule with jwt, whose global section and whose own config are given. */
async function problemsOf(
  global: JsonObject,
  config: JsonObject,
  strategy: 'regexp' | 'glob' = 'regexp',
): Promise<readonly string[]> {
  const rule = {
    id: 'r',
    match: { url: 'http://a/', methods: ['GET'] },
    authenticators: [{ handler: 'jwt', config }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }
  const document = parseDocument(JSON.stringify([rule]))
  assert.ok(document.kind === 'document')
  const jwt = { enabled: true, config: global }
  const set = await createRuleCompiler(testDeps).compile(document.rules, {
    ...settings,
    strategy,
    authenticators: { jwt },
  })
  return set.problems.map(({ message }) => message)
}

const known = 'https://a.test/.well-known/openid-configuration'

test('keys that exclude each other: those of the rule replace the global ones', async () => {
  const sets = { jwks_urls: ['https://a.test/keys'] }
  const metadata = { metadata_url: 'https://a.test/x', issuer: 'https://a.test' }
  assert.deepEqual(await problemsOf(sets, { metadata_url: known }), [])
  assert.deepEqual(await problemsOf(metadata, sets), [])
  assert.deepEqual(await problemsOf(metadata, { issuer: 'https://b.test' }), [])
  assert.match(
    (await problemsOf(metadata, { metadata_url: 'https://b.test/x' }))[0] ?? '',
    /issuer/,
  )
  const both = await problemsOf(sets, { ...sets, metadata_url: known })
  assert.match(both[0] ?? '', /config\.jwks_urls: found a list, expected metadata_url or jwks_urls/)
})

test('texts with `<…>` have the strategy of the rules', async () => {
  const config = { trusted_issuers: ['https://<*>.test/'] }
  const sets = { jwks_urls: [] }
  assert.match((await problemsOf(sets, config))[0] ?? '', /trusted_issuers\.0: /)
  assert.deepEqual(await problemsOf(sets, config, 'glob'), [])
})

for (const [config, problem] of [
  [{ leeway: '301s' }, /leeway: found "301s", expected at most 5m$/],
  [
    { target_audience: ['{{ .Extra.aud }}'] },
    /target_audience\.0: found \.Extra, expected \.Match/,
  ],
  [{ target_audience: ['{{ .MatchContext.Nmed.a }}'] }, /target_audience\.0: .*mean .*Named\?$/],
  [{ target_audience: ['{{ .MatchContext'] }, /target_audience\.0: template: template:1: unclosed/],
  [{ required_scope: ['{{ env "HOME" }}'] }, /required_scope\.0: .*templates\.allow/],
  [{ trusted_issuers: ['a', '<[a'] }, /trusted_issuers\.1: /],
  [
    { required_claims: [{ path: 'a.@b', present: true }] },
    /required_claims\.0\.path: the modifier/,
  ],
  [{ required_claims: [{ path: 'a', equls: 1 }] }, /did you mean "equals"\?/],
  [{ token_types: [] }, /token_types: found an empty list/],
  [{ token_types: 'at+jwt' }, /token_types: found "at\+jwt"/],
  [{ token_from: { websocket_protocol: 'a b' } }, /token_from\.websocket_protocol: /],
  [{ token_from: { websocket_protocl: 'a' } }, /token_from/],
] as const) {
  test(`${JSON.stringify(config)} is a mistake of the rule`, async () => {
    const [first = ''] = await problemsOf({ jwks_urls: [] }, config as unknown as JsonObject)
    assert.match(first, /^authenticator "jwt": /)
    assert.match(first, problem)
  })
}

test('the same definition twice is found twice', async () => {
  const [a] = definitionsOf('http://a/')
  assert.ok(a)
  const set = await createRuleCompiler(testDeps).compile([a, a], settings)
  assert.equal(set.find(requestTo('http://a/')).kind, 'failure')
})

/** What is wrong with a rule that has these members besides the usual ones. */
async function said(members: JsonObject): Promise<readonly string[]> {
  const rule = {
    id: 'r',
    match: { url: 'http://a/', methods: ['GET'] },
    authenticators: [{ handler: 'noop' }],
    ...('authorizers' in members ? {} : { authorizer: { handler: 'allow' } }),
    mutators: [{ handler: 'noop' }],
    ...members,
  }
  const document = parseDocument(JSON.stringify([rule]))
  assert.ok(document.kind === 'document')
  assert.deepEqual(document.warnings, [])
  const authorizers = { allow: enabled, cel: enabled }
  const set = await createRuleCompiler(testDeps).compile(document.rules, {
    ...settings,
    authorizers,
  })
  return set.problems.map(({ message }) => message)
}

const misspelt = { handler: 'noop', when: 'sesion.subject == ""' }
const unknownName = 'found the name "sesion", expected "session"'
const allow = { handler: 'allow' }

for (const [members, beginning] of [
  [{ mutators: [{ handler: 'noop' }, misspelt] }, `mutators[1].when: ${unknownName}`],
  [{ errors: [{ ...misspelt, handler: 'json' }] }, `errors[0].when: ${unknownName}`],
  [{ authorizer: { ...misspelt, handler: 'allow' } }, `authorizer.when: ${unknownName}`],
  [
    { authorizers: [{ any: [allow, { ...misspelt, handler: 'allow' }] }] },
    `authorizers[0].any[1].when: ${unknownName}`,
  ],
  [{ authorizers: [{ all: [allow], when: 'sesion' }] }, `authorizers[0].when: ${unknownName}`],
  [{ authorizers: [allow, {}] }, 'authorizers[1]: found {}, expected handler, any or all'],
  [{ authorizers: [null] }, 'authorizers[0]: found null, expected handler, any or all'],
  [{ mutators: [{}] }, 'mutators[0]: found {}, expected a handler'],
  [
    { authenticators: [{ handler: 'noop' }, null] },
    'authenticators[1]: found null, expected a handler',
  ],
  [
    { mutators: [{ handler: 'noop', wehn: 'true' }] },
    'mutators[0]: found the key "wehn", expected "when"',
  ],
  [
    { authenticators: [{ handler: 'noop', when: 'true' }] },
    'authenticators[0]: the key "when" does not belong here',
  ],
  [
    { mutators: [{ handler: 'noop', when: '' }] },
    'mutators[0].when: found an empty text, expected an expression',
  ],
  [
    { mutators: [{ handler: 'noop', when: null }] },
    'mutators[0].when: found null, expected an expression',
  ],
  [
    { authorizers: [{ any: [{ handler: 'allow', when: null }] }] },
    'authorizers[0].any[0].when: found null, expected an expression',
  ],
  [
    { authenticators: [{ handler: 'noop', on_failure: null }] },
    'authenticators[0].on_failure: found null, expected next or stop',
  ],
  [
    { authenticators: [{ handler: 'noop', remove_credential: null }] },
    'authenticators[0].remove_credential: found null, expected true or false',
  ],
  [{ authorizers: null }, 'authorizers: found null, expected a list of at least one authorizer'],
  [
    { authorizers: [{ all: [{ handler: 'allow' }], on: 'x' }] },
    'authorizers[0]: found the key "on", expected one of any, all, when',
  ],
  [
    { authorizers: [{ any: [{ handler: 'allow' }], config: {} }] },
    'authorizers[0]: found the key "config", expected one of any, all, when',
  ],
  [
    { authorizers: [{ handler: 'allow', enabled: true }] },
    'authorizers[0]: found the key "enabled", expected one of handler, config, when',
  ],
  [
    { authorizer: { handler: 'cel', config: { expression: ' ' } } },
    'authorizer "cel": config.expression: found an empty text, expected an expression',
  ],
] as const) {
  test(`one problem, with its place: ${beginning}`, async () => {
    const [first = '', ...more] = await said(members)
    assert.equal(first.slice(0, beginning.length), beginning)
    assert.deepEqual(more, [])
  })
}

test('an entry with an unknown key in place of handler is named, and its key', async () => {
  const document = parseDocument('[{"id":"r","authorizers":[{"or":[]}]}]')
  assert.ok(document.kind === 'document')
  assert.equal(
    document.rules[0]?.problem,
    'authorizers[0]: found {"or":[]}, expected handler, any or all',
  )
})

/** Expressions that read a named capture which the match of their rule does not have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileRules } from '../../../../src/rules/compiling/compile.ts'
import type { PipelineSettings } from '../../../../src/rules/compiling/settings.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'
import { testDeps } from '../../../support/deps.ts'

const enabled = { enabled: true, config: {} }
const settings: PipelineSettings = {
  strategy: 'regexp',
  authenticators: { noop: enabled },
  authorizers: { allow: enabled, cel: enabled },
  mutators: { noop: enabled },
  errors: { json: enabled },
  fallback: ['json'],
}

const plain = {
  id: 'r',
  match: { hosts: ['{tenant}.h'], paths: ['/orders/{id}', '/all'] },
  authenticators: [{ handler: 'noop' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

async function problemsOf(changes: object): Promise<readonly string[]> {
  const document = parseDocument(JSON.stringify([{ ...plain, ...changes }]))
  assert.ok(document.kind === 'document')
  const set = await compileRules(document.rules, settings, testDeps)
  return set.problems.map(({ message }) => message)
}

const cel = (expression: string) => ({ handler: 'cel', config: { expression } })

const mistakes: readonly (readonly [what: string, rule: object, message: string])[] = [
  [
    'the authorizer',
    { authorizer: cel('match.named.tennant == "a"') },
    'authorizer "cel": found "match.named.tennant", expected "match.named.tenant"',
  ],
  [
    'one of several authorizers',
    {
      authorizer: undefined,
      authorizers: [{ handler: 'allow' }, { any: [cel('match.named["zz"] == "a"')] }],
    },
    'authorizer "cel": found "match.named.zz", expected a capture of the match: id, tenant',
  ],
  [
    'when of an authorizer',
    { authorizer: undefined, authorizers: [{ handler: 'allow', when: 'match.named.zz == "a"' }] },
    'authorizers[0].when: found "match.named.zz", expected a capture of the match: id, tenant',
  ],
  [
    'when of a mutator',
    { mutators: [{ handler: 'noop', when: 'match.named.idd == "a"' }] },
    'mutators[0].when: found "match.named.idd", expected "match.named.id"',
  ],
  [
    'when of an error handler',
    { errors: [{ handler: 'json', when: 'match.named.zz == "a"' }] },
    'errors[0].when: found "match.named.zz", expected a capture of the match: id, tenant',
  ],
  [
    'a rule without captures',
    { match: { url: 'http://h/<.*>', methods: ['GET'] }, authorizer: cel('match.named.a == "a"') },
    'authorizer "cel": found "match.named.a", expected a capture of that name in the match of the rule, which has none',
  ],
  [
    'a default rule',
    { match: { default: true, hosts: ['h'] }, authorizer: cel('match.named.a == "a"') },
    'authorizer "cel": found "match.named.a", expected a capture of that name in the match of the rule, which has none',
  ],
]

for (const [what, rule, message] of mistakes) {
  test(`a capture that does not exist is named: ${what}`, async () => {
    assert.deepEqual(await problemsOf(rule), [message])
  })
}

for (const expression of [
  'match.named.tenant == "a" && match.named.id == "b"',
  'has(match.named.zz) && match.named.zz == "a"',
  '"zz" in match.named && match.named.zz == "a"',
  'match.named.exists(name, name == "zz")',
  'match.named[request.method] == "a"',
]) {
  test(`captures that exist, are tested, or are not known by name: ${expression}`, async () => {
    assert.deepEqual(await problemsOf({ authorizer: cel(expression) }), [])
  })
}

test('named groups of an expression are captures', async () => {
  const match = { url: 'http://h/<(?P<id>[0-9]+)>', methods: ['GET'] }
  assert.deepEqual(await problemsOf({ match, authorizer: cel('match.named.id == "1"') }), [])
})

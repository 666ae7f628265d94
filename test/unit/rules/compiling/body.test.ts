import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../../src/engine/decide.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { compileRules } from '../../../../src/rules/compiling/compile.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'
import { testDeps } from '../../../support/deps.ts'
import { requestTo } from '../../../support/request.ts'

const on = (config: JsonObject = {}) => ({ enabled: true, config })

const settings = {
  strategy: 'regexp',
  authenticators: {
    anonymous: on({ subject: 'guest' }),
    jwt: on({ jwks_urls: ['inline://e30='] }),
  },
  authorizers: { allow: on(), cel: on() },
  mutators: { header: on({ headers: {} }), noop: on() },
  errors: { json: on({ verbose: false }) },
  fallback: ['json'],
} as const

const plain = {
  id: 'r',
  match: { url: 'http://a.test/', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

async function compiled(changes: object) {
  const document = parseDocument(JSON.stringify([{ ...plain, ...changes }]))
  assert.ok(document.kind === 'document')
  return compileRules(document.rules, settings, testDeps)
}

const cel = (expression: string) => ({ authorizer: { handler: 'cel', config: { expression } } })
const header = (template: string) => ({
  mutators: [{ handler: 'header', config: { headers: { A: template } } }],
})
const body = { body: { parse: 'json' } }

const mistakes: readonly (readonly [what: string, rule: object, message: RegExp])[] = [
  ['a number', { body: 7 }, /^body: found 7, expected an object with parse$/],
  ['no parser', { body: {} }, /^body\.parse: found null, expected json$/],
  ['another parser', { body: { parse: 'xml' } }, /^body\.parse: found "xml", expected json$/],
  [
    'a misspelt key',
    { body: { parse: 'json', max_byte: 5 } },
    /^body: found the key "max_byte", expected max_bytes$/,
  ],
  [
    'no bytes',
    { body: { parse: 'json', max_bytes: 0 } },
    /^body\.max_bytes: found 0, expected a number of bytes, at least 1$/,
  ],
  [
    'a text as a number',
    { body: { parse: 'json', max_bytes: '64k' } },
    /^body\.max_bytes: found "64k", expected a number/,
  ],
  [
    'more than is kept',
    { body: { parse: 'json', max_bytes: 2_000_000 } },
    /^body\.max_bytes: found 2000000, expected at most limits\.body\.bytes \(1048576\)$/,
  ],
  [
    'an authorizer without body',
    cel('request.body.a == 1.0'),
    /^authorizer "cel": found the body, expected body: \{ parse: json \} on the rule/,
  ],
  [
    'an authorizer that asks whether there is one',
    cel('has(request.body)'),
    /^authorizer "cel": found the body/,
  ],
  [
    'a template without body',
    header('{{ with .MatchContext }}{{ .Body.a }}{{ end }}'),
    /^mutator "header": found the body/,
  ],
  [
    'a when without body',
    { mutators: [{ handler: 'noop', when: 'request.body == 1.0' }] },
    /^mutators\[0\]\.when: found request\.body, expected body: \{ parse: json \} on the rule/,
  ],
  [
    'a when of a group without body',
    {
      authorizer: undefined,
      authorizers: [{ any: [{ handler: 'allow' }], when: 'request.body == 1.0' }],
    },
    /^authorizers\[0\]\.when: found request\.body/,
  ],
  [
    'a when of an error handler',
    { ...body, errors: [{ handler: 'json', when: 'request.body == 1.0' }] },
    /^errors\[0\]\.when: found the name "request\.body", expected/,
  ],
  [
    'a template of an authenticator',
    {
      ...body,
      authenticators: [
        { handler: 'jwt', config: { target_audience: ['{{ .MatchContext.Body.aud }}'] } },
      ],
    },
    /^authenticator "jwt": found \.MatchContext\.Body, expected none/,
  ],
]

for (const [what, rule, message] of mistakes) {
  test(`${what}: the rule is invalid, and denies`, async () => {
    const set = await compiled(rule)
    assert.match(set.problems.map(found => found.message).join('\n'), message)
    const decision = await decide(set, requestTo('http://a.test/'))
    assert.ok(decision.kind === 'deny')
    assert.equal(decision.failure.code, 'internal_server_error')
  })
}

for (const [what, rule] of [
  ['a member of a claim', header('{{ .Extra.Body }}')],
  ['a text', header('a .MatchContext.Body b')],
  ['a variable that is another value', header('{{ $x := .Extra }}{{ $x.Body }}')],
  ['a header of that name', cel('"body" in request.headers')],
] as const) {
  test(`${what} is not the body`, async () => {
    assert.deepEqual((await compiled(rule)).problems, [])
  })
}

test('a rule is listed with its body', async () => {
  const { listed } = await compiled({ body: { parse: 'json', max_bytes: 9 } })
  assert.deepEqual(listed[0]?.definition.body, { parse: 'json', maxBytes: 9 })
})

/** The schema of rule files and the definition of rules as resources, with every example, and with the loader. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { createAjv } from '../../../.ci/validators/ajv.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { compileRules } from '../../../src/rules/compiling/compile.ts'
import { parseDocument } from '../../../src/rules/loading/document.ts'
import { type Case, parseCases, rulesOf } from '../../cases/run-case.ts'
import { testDeps } from '../../support/deps.ts'
import { fencesIn } from '../../support/fences.ts'
import { root } from '../../support/folder.ts'
import { createDefinitionCheck } from '../../support/rule-definition.ts'
import { mistakes, validRules } from '../../support/rule-mistakes.ts'

const schema = JSON.parse(readFileSync(join(root, 'docs/rules.schema.json'), 'utf8')) as object
const validate = createAjv().compile(schema)
const problemsOf = (rules: unknown): string =>
  validate(rules)
    ? ''
    : (validate.errors ?? [])
        .map(({ instancePath, message }) => `${instancePath} ${message}`)
        .join('; ')

const check = createDefinitionCheck()
const on = { enabled: true }

/** What the loader says about a rule. */
async function loaderSays(rule: JsonObject): Promise<string> {
  const document = parseDocument(JSON.stringify([{ id: 'r', ...rule }]))
  if (document.kind === 'document_problem') return document.message
  const settings = {
    strategy: 'regexp',
    authenticators: { anonymous: on, jwt: on },
    authorizers: { allow: on },
    mutators: { noop: on },
    errors: { json: on },
    fallback: [],
  } as const
  const { problems } = await compileRules(document.rules, settings, testDeps)
  return [...problems.map(({ message }) => message), ...document.warnings].join('; ')
}

for (const [name, rule] of Object.entries(validRules)) {
  test(`${name}: valid for the schema, the definition and the loader`, async () => {
    assert.equal(problemsOf([rule]), '')
    assert.deepEqual(check(rule), [])
    assert.equal(await loaderSays(rule), '')
  })
}

for (const [name, { rule, says, file, loader }] of Object.entries(mistakes)) {
  test(`${name}: a mistake for the schema, the definition and the loader`, async () => {
    if (file !== false) assert.notEqual(problemsOf([rule]), '')
    const found = check(rule).join('; ')
    if (says.source.startsWith('expected')) assert.match(found, says)
    else assert.notEqual(found, '')
    if (loader !== false) assert.notEqual(await loaderSays(rule), '')
  })
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .sort()

test('every rule file of the repository is valid', () => {
  const files = ['deploy', 'envoy-examples']
    .flatMap(filesIn)
    .filter(file => file.endsWith('/rules.yaml'))
  let rules = 0
  for (const file of files) {
    const read = parse(readFileSync(join(root, file), 'utf8')) as unknown
    if (!Array.isArray(read)) continue
    rules += read.length
    assert.equal(problemsOf(read), '', file)
  }
  assert.ok(rules > 20, `${rules} rules`)
})

const filled = (rule: JsonObject): JsonObject => ({
  authenticators: [{ handler: 'anonymous' }],
  mutators: [{ handler: 'noop' }],
  ...('authorizers' in rule ? {} : { authorizer: { handler: 'allow' } }),
  ...rule,
})

/** Examples of mistakes. */
const mistaken = ['without-methods', 'two-operators', 'misspelled', 'unknown-key']

interface Located {
  readonly place: string
  readonly rule: JsonObject
}

const rulesIn = (file: string): readonly Located[] =>
  fencesIn(readFileSync(join(root, file), 'utf8'))
    .filter(({ attributes }) => attributes.has('rules'))
    .flatMap(({ text, line }) =>
      (parse(text) as readonly JsonObject[]).map(rule => ({ place: `${file}:${line}`, rule })),
    )

test('every rule of the manual is valid, but the examples of mistakes', () => {
  const pages = filesIn('docs').filter(name => name.endsWith('.md'))
  const rules = pages.flatMap(rulesIn)
  assert.ok(rules.length > 50, `${rules.length} rules`)
  const refused = rules.filter(({ rule }) => problemsOf([filled(rule)]) !== '')
  assert.deepEqual(
    refused.map(({ place, rule }) => rule['id'] ?? place).sort(),
    [...mistaken].sort(),
  )
})

/** The rules of a case with what the schema says, and whether the loader refuses them. */
async function judged(tested: Case) {
  const { problems } = await rulesOf(tested)
  return tested.rules.map((rule, i) => ({
    name: tested.name,
    problem: problemsOf([filled(rule)]),
    isRefused: problems.some(({ rule: id }) => id === (rule['id'] ?? `r${i + 1}`)),
  }))
}

test('of the cases, the schema refuses only rules that the loader refuses', async () => {
  const files = filesIn('test/cases').filter(name => name.endsWith('.yaml'))
  const cases = files.flatMap(file => parseCases(readFileSync(join(root, file), 'utf8')))
  const rules = (await Promise.all(cases.map(judged))).flat()
  assert.ok(rules.filter(({ problem }) => problem === '').length > 100)
  assert.deepEqual(
    rules.filter(({ problem, isRefused }) => problem !== '' && !isRefused).map(({ name }) => name),
    // Oathkeeper accepts it.
    ['a rule without methods matches nothing'],
  )
})

/** The pages of docs/lint: each code has one, its example gives exactly that code, and the mended one nothing. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { type Code, codes } from '../../src/insight/lint/codes.ts'
import type { Finding } from '../../src/insight/lint/finding.ts'
import { deepMerge } from '../../src/lib/merge.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type Fence, fencesIn } from '../support/fences.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { common } from '../support/lint.ts'

const folder = join(root, 'docs/lint')
const pages = readdirSync(folder).filter(name => name !== 'README.md')

test('every code has a page, and every page a code', () => {
  assert.deepEqual(
    pages.sort(),
    Object.keys(codes)
      .map(code => `${code}.md`)
      .sort(),
  )
})

test('the list of codes is that of the program', () => {
  const list = readFileSync(join(folder, 'README.md'), 'utf8')
  const rows = [...list.matchAll(/^\| \[([a-z-]+)\]\(\1\.md\) \| (\w+) \| (.+) \|$/gm)]
  const listed = rows.map(([, code, level, title]) => [code, level, title?.replace('&lt;', '<')])
  const known = Object.entries(codes).map(([code, { level, title }]) => [code, level, title])
  assert.deepEqual(listed.sort(), known.sort())
})

for (const [code, { level, title }] of Object.entries(codes)) {
  test(`docs/lint/${code}.md: its example gives this code alone, and the mended one nothing`, async t => {
    const page = readFileSync(join(folder, `${code}.md`), 'utf8')
    assert.ok(page.includes(`**${title}.** Level: ${level}.`))
    const [before = '', found = '', mended = ''] = page.split(/^## (?:Found|Mended)$/m)
    assert.ok(before.length > 100)
    const findings = await lintExample(t, fencesIn(found))
    assert.deepEqual(new Set(codesIn(findings)), new Set([code]), shown(findings))
    const after = await lintExample(t, fencesIn(mended))
    assert.deepEqual(codesIn(after), [], shown(after))
  })
}

const codesIn = (findings: readonly Finding[]): readonly Code[] => findings.map(({ code }) => code)

const shown = (findings: readonly Finding[]): string =>
  findings.map(({ code, message }) => `${code}: ${message}`).join('\n')

const commonRule = {
  authenticators: [{ handler: 'jwt' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
}
const plain = '- id: orders\n  match: { url: "https://shop.example/orders", methods: [GET] }\n'

async function lintExample(t: Cleanup, fences: readonly Fence[]): Promise<readonly Finding[]> {
  const place = temporaryFolder(t)
  const textOf = (word: string): string | undefined =>
    fences.find(({ attributes }) => attributes.has(word))?.text
  for (const { attributes, text } of fences) {
    const file = attributes.get('file') ?? attributes.get('edge')
    if (file !== undefined) writeFileSync(join(place, file), text)
  }
  const edge = fences.flatMap(({ attributes }) => attributes.get('edge') ?? [])
  writeFileSync(join(place, 'rules.yaml'), completed(textOf('rules') ?? plain))
  writeFileSync(join(place, 'oarlock.yaml'), configuration(textOf('config') ?? '{}', place))
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const callers = edge.length === 0 ? [] : ['--edge', ...edge.map(file => join(place, file))]
  const args = ['lint', '-c', join(place, 'oarlock.yaml'), '--format', 'json', ...callers]
  const errors: string[] = []
  await run(args, { out: print, err: text => errors.push(text) })
  assert.deepEqual(errors, [])
  return (JSON.parse(printed.join('')) as { readonly findings: readonly Finding[] }).findings
}

/** The rules with the parts that they leave out; comments stay. */
function completed(rules: string): string {
  const document = parseDocument(rules)
  for (const item of (document.contents as YAMLSeq<YAMLMap>).items) {
    for (const [key, value] of Object.entries(commonRule)) if (!item.has(key)) item.set(key, value)
  }
  return document.toString()
}

/** `limits: { decision: {} }` leaves the time limit to its default. */
function configuration(own: string, place: string): string {
  const given = parse(own)
  const isUntimed = given.limits?.decision && !given.limits.decision.timeout
  const base = isUntimed ? { ...common, limits: {} } : common
  const repositories = [`file://${place}/rules.yaml`]
  const merged = deepMerge(base, given) as { readonly access_rules?: object }
  const all = { ...merged, access_rules: { ...merged.access_rules, repositories } }
  return stringify(all, { aliasDuplicateObjects: false }).replaceAll(
    'file://keys.json',
    `file://${place}/keys.json`,
  )
}

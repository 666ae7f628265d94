import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { functionsFor } from '../../../src/templates/functions/index.ts'
import { outside, unavailableFunctions } from '../../../src/templates/functions/outside.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { readJson, rich } from './support.ts'

const names = readJson('../../golden/library-names.json') as readonly string[]
const available = functionsFor(Object.keys(outside))

test('every function of the library exists, or is refused with a reason', () => {
  const missing = names.filter(name => !available.has(name) && !unavailableFunctions.has(name))
  assert.deepEqual(missing, [])
  assert.ok(names.length > 200)
  for (const name of unavailableFunctions.keys()) assert.ok(!available.has(name), name)
})

test('every function occurs in a template that the real Go rendered', () => {
  const folder = new URL('../../golden/templates/', import.meta.url)
  const all = readdirSync(folder)
    .map(file => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n')
  const rendered = (name: string): boolean => new RegExp(`[^\\w.]${name}[^\\w]`).test(all)
  const untried = [...available.keys()].filter(name => !rendered(name))
  assert.deepEqual(untried, [])
})

const render = (source: string): string => {
  const result = compileTemplate(source).render(rich)
  assert.ok(typeof result === 'string', JSON.stringify(result))
  return result
}

test('random values differ each time, and have the right letters and length', () => {
  for (const [source, shape] of [
    ['{{ randAlphaNum 40 }}', /^[A-Za-z0-9]{40}$/],
    ['{{ randAlpha 40 }}', /^[A-Za-z]{40}$/],
    ['{{ randNumeric 40 }}', /^[0-9]{40}$/],
    ['{{ randAscii 40 }}', /^[ -~]{40}$/],
    ['{{ randBytes 30 }}', /^[A-Za-z0-9+/]{40}$/],
    ['{{ uuidv4 }}', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['{{ encryptAES "k" "x" }}', /^[A-Za-z0-9+/=]{44}$/],
    ['{{ bcrypt "x" }}', /^\$2a\$10\$[./A-Za-z0-9]{53}$/],
  ] as const) {
    const [one, other] = [render(source), render(source)]
    assert.match(one, shape)
    assert.notEqual(one, other, source)
  }
})

test('context extensions can be read, and are never printed by other functions', () => {
  assert.equal(render('{{ .MatchContext.ContextExtensions.tenant }}'), 'shop')
  assert.equal(render('{{ index .MatchContext.ContextExtensions "tenant" }}'), 'shop')
  assert.equal(render('[{{ .MatchContext.ContextExtensions.other }}]'), '[]')
  assert.equal(render('{{ toJson .MatchContext.ContextExtensions }}'), '{"tenant":"shop"}')
  for (const source of ['{{ print . }}', '{{ toJson . }}', '{{ .MatchContext | printf "%#v" }}'])
    assert.doesNotMatch(render(source), /shop|ContextExtensions/)
})

test('randInt stays below its upper end, shuffle keeps the letters', () => {
  const drawn = new Set(Array.from({ length: 200 }, () => render('{{ randInt -1 2 }}')))
  assert.deepEqual([...drawn].sort(), ['-1', '0', '1'])
  assert.equal([...render('{{ shuffle "abcdef" }}')].sort().join(''), 'abcdef')
})

test('the clock is read when a template is rendered', t => {
  const clock = t.mock.method(Date, 'now', () => 1_700_000_000_000)
  const template = compileTemplate(
    '{{ now | date "2006-01-02 15:04:05" }} {{ unixEpoch now }} {{ ago 1699999990 }} {{ date "15:04" "no moment" }} {{ durationRound (toDate "2006-01-02" "2023-11-13") }}',
  )
  assert.equal(template.render(rich), '2023-11-14 22:13:20 1700000000 10s 22:13 1d')
  clock.mock.mockImplementation(() => 1_700_000_060_000)
  assert.match(String(template.render(rich)), /^2023-11-14 22:14:20 1700000060 1m10s /)
})

test('no text of a request makes a function run for long', () => {
  for (const source of [
    '{{ regexReplaceAll "a" (repeat 500000 "a") "bbbb" }}',
    '{{ regexFindAll "a.*b|a" (repeat 60000 "a") -1 | len }}',
    '{{ regexSplit "" (repeat 200000 "a") -1 | len }}',
    '{{ range until 100 }}{{ bcrypt "x" }}{{ end }}',
    '{{ range until 100 }}{{ derivePassword 1 "pin" "p" "u" "s" }}{{ end }}',
    '{{ randAlphaNum 100000000 }}',
    '{{ randBytes 100000000 }}',
    '{{ range until 1000 }}{{ shuffle (repeat 100000 "a") }}{{ end }}',
  ]) {
    const result = compileTemplate(source).render(rich)
    assert.ok(typeof result !== 'string', source)
    assert.match(result.info.message, /too many iterations|larger than 1 MiB/, source)
  }
})

test('an expression with exponential backtracking elsewhere is read in linear time', () => {
  const source = '{{ regexMatch "^(a+)+$" (printf "%sb" (repeat 5000 "a")) }}'
  assert.equal(render(source), 'false')
})

test('the pattern of an expression may come from a request', () => {
  for (const pattern of [
    '(',
    '[',
    'a{1001}',
    '(?=x)',
    '\\\\1',
    '('.repeat(300),
    'x'.repeat(20_000),
  ]) {
    const result = compileTemplate(`{{ mustRegexMatch "${pattern}" "x" }}`).render(rich)
    assert.ok(typeof result !== 'string', pattern.slice(0, 20))
    assert.match(result.info.message, /error parsing regexp/)
  }
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../../src/lib/bytes.ts'
import type { Client } from '../../../src/model/request.ts'
import type { Session } from '../../../src/model/session.ts'
import { functionsFor } from '../../../src/templates/functions/index.ts'
import { outside, unavailableFunctions } from '../../../src/templates/functions/outside.ts'
import { encodeSession } from '../../../src/templates/session-json.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { createAuthority } from '../../support/certificates.ts'
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

const withClient = (client: Client): Session => ({
  ...rich,
  matchContext: { ...rich.matchContext, client },
})

test('the client and the metadata of Envoy can be read, and are never printed with the session', () => {
  assert.equal(render('{{ .MatchContext.Client.Address }}'), '192.0.2.7')
  assert.equal(render('{{ .MatchContext.Client.Principal }}'), 'spiffe://shop/web')
  assert.equal(
    render('{{ (index .MatchContext.Metadata "envoy.filters.http.jwt_authn").tier }}'),
    'gold',
  )
  assert.equal(
    render(
      '{{ index .MatchContext.Metadata "__proto__" }}{{ .MatchContext.Metadata.constructor }}',
    ),
    '<no value><no value>',
  )
  for (const source of [
    '{{ . }}',
    '{{ print . }}',
    '{{ toJson . }}',
    '{{ toPrettyJson .MatchContext }}',
    '{{ printf "%v %+v %#v" . .MatchContext .MatchContext }}',
  ]) {
    assert.doesNotMatch(render(source), /192\.0\.2\.7|spiffe|gold|Client|Metadata/, source)
  }
  assert.doesNotMatch(encodeSession(rich), /192\.0\.2\.7|spiffe|gold/)
})

test('a client without a certificate has none, and one whose certificate cannot be read fails', () => {
  const source = '{{ with .MatchContext.Client.Certificate }}{{ .Subject }}{{ else }}none{{ end }}'
  assert.equal(render(source), 'none')
  const needed = compileTemplate('{{ .MatchContext.Client.Certificate.SPIFFE }}')
  assert.match(JSON.stringify(needed.render(rich)), /nil pointer evaluating \*oarlock\.Certificate/)
  const broken = withClient({ certificate: 'not a certificate' })
  assert.match(JSON.stringify(needed.render(broken)), /certificate of the client cannot be read/)
})

test('the members of a certificate', () => {
  const client = { certificate: createAuthority('authority ä').issue('client', 'web.test').cert }
  for (const [member, text] of [
    ['Subject', /^CN=client$/],
    ['Issuer', new RegExp(`^CN=authority ${bytesOf('ä')}$`)],
    ['Fingerprint', /^[0-9a-f]{64}$/],
    ['NotAfter.Year', /^20\d\d$/],
    ['DNS', /^\[localhost web\.test\]$/],
    ['URIs', /^\[\]$/],
    ['SPIFFE', /^$/],
  ] as const) {
    const template = compileTemplate(`{{ .MatchContext.Client.Certificate.${member} }}`)
    assert.match(String(template.render(withClient(client))), text, member)
  }
})

const strictly = (source: string) => compileTemplate(source, { refusesEmpty: true }).render(rich)

for (const [source, text] of [
  ['{{ .MatchContext.Named.id }}', '7'],
  ['{{ printf "orders.%s" .MatchContext.Named.id }}', 'orders.7'],
  ['{{ $id := .MatchContext.Named.id }}{{ $id }}', '7'],
  ['{{ if eq .MatchContext.Named.id "7" }}a{{ end }}', 'a'],
  ['{{ if eq .MatchContext.Named.id "8" }}a{{ else }}b{{ end }}', 'b'],
  ['a{{ "" }}', 'a'],
] as const) {
  test(`${source} gives ${text} where empty values are refused`, () => {
    assert.equal(strictly(source), text)
  })
}

for (const source of [
  '{{ .MatchContext.Named.tenant }}',
  'a{{ .MatchContext.Named.tenant }}',
  '{{ printf "a.%s" .MatchContext.Named.tenant }}',
  '{{ printf "a.%s" (index .MatchContext.Named "tenant") }}',
  '{{ printf "a.%s" (printIndex .MatchContext.RegexpCaptureGroups 99) }}',
  '{{ printf "a.%s" (.MatchContext.Header.Get "X-Tenant") }}',
  '{{ .MatchContext.Header.Get "X-Tenant" | printf "a.%s" }}',
  'a{{ .MatchContext.Header.Nobody }}',
  'a{{ .MatchContext.Metadata.nobody }}',
  'a{{ .MatchContext.Metadata.nobody.b }}',
  'a{{ .MatchContext.Client.Certificate }}',
  '{{ $t := .MatchContext.Named.tenant }}a{{ $t }}',
  '{{ if .MatchContext.Named.tenant }}a{{ else }}b{{ end }}',
  '{{ with .MatchContext.Named.tenant }}{{ . }}{{ else }}b{{ end }}',
  'a{{ template "t" .MatchContext }}{{ define "t" }}{{ .Named.tenant }}{{ end }}',
  '{{ .MatchContext.Named.tenant | default "b" }}',
]) {
  test(`${source} fails where empty values are refused`, () => {
    assert.equal(typeof strictly(source), 'object')
  })
}

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

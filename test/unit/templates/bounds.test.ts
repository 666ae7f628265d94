import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../src/lib/bytes.ts'
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts'
import type { Failure } from '../../../src/model/failure.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { rich, sessionNamed } from './support.ts'

const render = (source: string): string | Failure => compileTemplate(source).render(rich)

function failureOf(source: string): string {
  const result = render(source)
  assert.equal(typeof result, 'object', `${source} rendered`)
  return typeof result === 'string' ? '' : result.info.message
}

test('a template that calls itself forever fails', () => {
  const source = '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'
  assert.match(failureOf(source), /exceeded maximum template depth \(1000\)$/)
})

test('recursion through deep nesting fails instead of exhausting the stack', () => {
  const deep = `${'{{ if true }}'.repeat(240)}{{ template "a" . }}${'{{ end }}'.repeat(240)}`
  const source = `{{ define "a" }}${deep}{{ end }}{{ template "a" . }}`
  assert.match(failureOf(source), /exceeded maximum template depth/)
})

test('recursion that doubles at each level fails', () => {
  const level = (i: number): string =>
    `{{ define "${i}" }}{{ template "${i + 1}" }}{{ template "${i + 1}" }}{{ end }}`
  const levels = Array.from({ length: 60 }, (_, i) => level(i)).join('')
  assert.match(failureOf(`${levels}{{ define "60" }}{{ end }}{{ template "0" }}`), /too many/)
})

test('a loop of a billion iterations fails', () => {
  assert.match(failureOf('{{ range 1000000000 }}{{ end }}'), /too many iterations$/)
})

test('iterations of nested loops are added up', () => {
  const source = '{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}'
  assert.match(failureOf(source), /too many iterations$/)
})

test('a loop at the bound still runs', () => {
  assert.equal(render('{{ range 1000000 }}{{ end }}done'), 'done')
})

test('long texts and sorted maps count as several iterations', () => {
  assert.match(failureOf('{{ range 100000 }}{{ $x := toJson $.Extra }}{{ end }}'), /too many/)
  const source = '{{ range 500000 }}{{ range $.Extra }}{{ break }}{{ end }}{{ end }}'
  assert.match(failureOf(source), /too many/)
})

test('output above 1 MiB fails', () => {
  assert.match(failureOf('{{ range 100000 }}{{ $.Extra.email }}{{ end }}'), /larger than 1 MiB/)
  assert.match(failureOf('{{ range 100000 }}plain text here{{ end }}'), /larger than 1 MiB/)
  assert.equal(String(render('{{ range 100000 }}1234567890{{ end }}')).length, 1_000_000)
})

test('a text that doubles repeatedly fails', () => {
  const source =
    '{{ $x := "ab" }}{{ range 100 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ len $x }}'
  assert.match(failureOf(source), /larger than 1 MiB/)
  const escaped = '{{ $x := "&" }}{{ range 100 }}{{ $x = html $x $x }}{{ end }}{{ len $x }}'
  assert.match(failureOf(escaped), /larger than 1 MiB/)
  const json = '{{ $x := "\\"" }}{{ range 100 }}{{ $x = toJson $x }}{{ end }}{{ len $x }}'
  assert.match(failureOf(json), /larger than 1 MiB/)
})

const withExtra = (source: string, extra: JsonObject): string | Failure =>
  compileTemplate(source).render({ ...rich, extra })

test('data that prints longer than 1 MiB fails', () => {
  const extra = { list: new Array(300_000).fill(null) }
  for (const source of [
    '{{ .Extra }}',
    '{{ print .Extra }}',
    '{{ range .Extra }}{{ . }}{{ end }}',
  ]) {
    const result = withExtra(source, extra)
    assert.match(typeof result === 'string' ? '' : result.info.message, /larger than 1 MiB/)
  }
})

test('data nested too deep to print fails', () => {
  let deep: JsonValue = null
  for (let i = 0; i < 100_000; i++) deep = [deep]
  for (const source of ['{{ .Extra }}', '{{ toJson .Extra }}', '{{ printf "%d" .Extra }}']) {
    assert.equal(typeof withExtra(source, { deep }), 'object')
  }
})

test('a message that shows long data is cut', () => {
  const extra = { list: new Array(50_000).fill('x'), map: { a: 'b' } }
  const result = withExtra('{{ eq .Extra.list .Extra.list }}', extra)
  assert.ok(typeof result === 'object' && result.info.message.length < 5000)
})

test('widths and precisions above 1 MiB fail', () => {
  assert.match(failureOf('{{ printf "%10000000d" 1 }}'), /larger than 1 MiB/)
  assert.match(failureOf('{{ printf "%.10000000f" 1.0 }}'), /larger than 1 MiB/)
  assert.match(failureOf('{{ printf "%1000000d%1000000d" 1 2 }}'), /larger than 1 MiB/)
})

test('nesting too deep to compile is a syntax error', () => {
  const cases = [
    `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`,
    '{{ if true }}'.repeat(100_000),
    '{{ range 1 }}'.repeat(100_000),
    `{{ if 1 }}${'{{ else if 1 }}'.repeat(100_000)}{{ end }}`,
    '{{ block "a" . }}'.repeat(100_000),
  ]
  for (const source of cases) {
    assert.throws(() => compileTemplate(source), { name: 'TemplateSyntaxError' })
  }
})

test('a long template of many actions compiles and renders', () => {
  assert.equal(render('{{ .Subject }},'.repeat(20_000)), 'alice,'.repeat(20_000))
})

test('a literal or a run of characters may be long', () => {
  const x = 'x'.repeat(200_000)
  assert.equal(render(`{{ "${x}" }}`), x)
  for (const run of ['1', '_', '(', '"', "'", '`', '$', '.', 'a', '-', ' ', '{', '%', '\\']) {
    const source = `{{ ${run.repeat(200_000)} }}`
    assert.throws(() => compileTemplate(source), { name: 'TemplateSyntaxError' })
  }
})

test('a source may be 1 MiB long and no longer', () => {
  const text = 'x'.repeat(1_048_576 - 8)
  assert.equal(render(`{{ "${text}" }}`), text)
  assert.throws(() => compileTemplate(`{{ "${text}x" }}`), { name: 'TemplateSyntaxError' })
  assert.throws(() => compileTemplate(`{{ "${text}`), { name: 'TemplateSyntaxError' })
})

test('functions that reach outside are unknown unless allowed', () => {
  for (const name of ['env', 'expandenv', 'getHostByName']) {
    assert.throws(() => compileTemplate(`{{ ${name} "x" }}`), {
      name: 'TemplateSyntaxError',
      message: new RegExp(`^template: template:1: function "${name}" not defined: `),
    })
  }
})

test('an allowed one reads the environment', () => {
  process.env['OARLOCK_TEMPLATE_TEST'] = 'väl'
  const source = `{{ env "OARLOCK_TEMPLATE_TEST" }}|{{ expandenv "<$\{OARLOCK_TEMPLATE_TEST}$NO_SUCH>" }}`
  const template = compileTemplate(source, { allow: ['env', 'expandenv'] })
  assert.equal(template.render(rich), bytesOf('väl|<väl>'))
})

test('a template that would fail every request is refused at load, with the reason', () => {
  for (const name of ['genPrivateKey', 'genCA', 'genSignedCert', 'getHostByName']) {
    assert.throws(() => compileTemplate(`{{ ${name} "x" }}`, { allow: [name] }), {
      name: 'TemplateSyntaxError',
      message: /not defined: it would stop all requests/,
    })
  }
})

test('allowing an unknown name has no effect', () => {
  const options = { allow: ['constructor', 'nosuch', '__proto__'] }
  assert.throws(() => compileTemplate('{{ nosuch 1 }}', options), { name: 'TemplateSyntaxError' })
})

test('names of Object.prototype are not functions, and are ordinary keys of data', () => {
  for (const name of ['constructor', 'toString_', '__proto__', 'hasOwnProperty', 'valueOf']) {
    assert.throws(() => compileTemplate(`{{ ${name} 1 }}`), { name: 'TemplateSyntaxError' })
  }
  assert.equal(compileTemplate('{{ .Extra.valueOf }}').render(rich), '<no value>')
  assert.equal(compileTemplate('{{ .Extra.__proto__ }}').render(rich), '<no value>')
})

test('parts of the match context that a template does not use are not read', () => {
  const session = sessionNamed('rich')
  const read: string[] = []
  const matchContext = new Proxy(session.matchContext, {
    get: (target, name) => {
      read.push(String(name))
      return Reflect.get(target, name)
    },
  })
  const render = compileTemplate('{{ .Subject }}{{ .Extra.name }}{{ .MatchContext.Method }}').render
  assert.equal(render({ ...session, matchContext }), 'aliceAlice ExampleGET')
  assert.deepEqual(read, ['method'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileField } from '../../../src/handlers/templates.ts'
import { checkFields } from '../../../src/templates/check-fields.ts'

const found: readonly (readonly [source: string, problem: RegExp])[] = [
  ['{{ .Subjct }}', /^\.Subjct: the session has no field Subjct; did you mean \.Subject\?$/],
  ['{{ .Headers.Foo }}', /did you mean \.Header\?/],
  ['{{ print .subject }}', /did you mean \.Subject\?/],
  ['{{ .Nothing }}', /^\.Nothing: the session has no field Nothing$/],
  ['{{ .MatchContext.Url.Path }}', /did you mean \.MatchContext\.URL\?/],
  [
    '{{ .MatchContext.URL.Pth }}',
    /^\.MatchContext\.URL\.Pth: .*did you mean \.MatchContext\.URL\.Path\?/,
  ],
  ['{{ if .Extra.a }}{{ .Subjct }}{{ end }}', /Subjct/],
  ['{{ if .Subjct }}{{ end }}', /Subjct/],
  ['{{ range .Subjct }}{{ end }}', /Subjct/],
  ['{{ with .Extra }}{{ $.Subjct }}{{ end }}', /Subjct/],
  ['{{ with .Extra }}{{ else }}{{ .Subjct }}{{ end }}', /Subjct/],
  ['{{ $x := printf "%s" (.Subjct | print) }}', /Subjct/],
  ['{{ (print .Subjct) }}', /Subjct/],
  ['{{ with .MatchContext }}{{ .Nmed }}{{ end }}', /^\.Nmed: \.MatchContext .* mean \.Named\?$/],
  [
    '{{ with .MatchContext.URL }}{{ .Hots }}{{ end }}',
    /^\.Hots: \.MatchContext\.URL has no field Hots; did you mean \.Host\?$/,
  ],
  [
    '{{ with $u := .MatchContext.URL }}{{ $u.Hots }}{{ end }}',
    /^\$u\.Hots: \$u has .* \$u\.Host\?/,
  ],
  ['{{ $u := .MatchContext.URL }}{{ $u.Hots }}', /did you mean \$u\.Host\?/],
  ['{{ (.MatchContext.URL).Hots }}', /did you mean \(\.MatchContext\.URL\)\.Host\?/],
  ['{{ with .MatchContext.URL.User }}{{ .Usrname }}{{ end }}', /did you mean \.Username\?/],
  ['{{ (.MatchContext.URL.JoinPath "a").Hots }}', /Hots/],
  ['{{ .Copy.Subjct }}', /Subjct/],
  [
    '{{ if true }}{{ with .MatchContext }}{{ if .Method }}{{ .Hedaer }}{{ end }}{{ end }}{{ end }}',
    /\.Header\?/,
  ],
  ['{{ .Subject.Name }}', /^\.Subject\.Name: \.Subject is a text, which has no fields$/],
  ['{{ .MatchContext.URL.String.Foo }}', /is a text/],
  ['{{ .MatchContext.RegexpCaptureGroups.a }}', /is a list, which has no fields/],
  ['{{ range .MatchContext.RegexpCaptureGroups }}{{ .a }}{{ end }}', /the dot is a text/],
  ['{{ range $i, $g := .MatchContext.RegexpCaptureGroups }}{{ $g.a }}{{ end }}', /\$g is a text/],
  ['{{ define "t" }}{{ .Subjct }}{{ end }}{{ template "t" . }}', /Subjct/],
  ['{{ define "t" }}{{ $.Hots }}{{ end }}{{ template "t" .MatchContext.URL }}', /Hots/],
  ['{{ block "t" .MatchContext }}{{ .Nmed }}{{ end }}', /Nmed/],
  [
    '{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ .Subjct }}{{ end }}{{ template "a" $ }}',
    /Subjct/,
  ],
  ['{{ .MatchContext.Clinet.Address }}', /did you mean \.MatchContext\.Client\?/],
  ['{{ .MatchContext.Client.Adress }}', /did you mean \.MatchContext\.Client\.Address\?/],
  ['{{ with .MatchContext.Client.Certificate }}{{ .Spiffe }}{{ end }}', /did you mean \.SPIFFE\?/],
  ['{{ .MatchContext.Client.Certificate.NotAfter.Yaer }}', /Year/],
  ['{{ .MatchContext.constructor }}', /has no field constructor/],
  ['{{ .__proto__ }}', /has no field __proto__/],
]

for (const [source, problem] of found) {
  test(`${source} is an error at load`, () => {
    assert.match(checkFields(source) ?? '', problem)
    assert.throws(() => compileField('config', source, { allow: [] }), /^Error: config: /)
  })
}

for (const source of [
  'plain',
  '{{ .Subject }}{{ .Extra.anything.goes }}{{ .Header.Foo }}{{ .Header.Get "a" }}',
  '{{ .MatchContext.URL.Path }}{{ .MatchContext.URL.Query.a }}{{ .MatchContext.URL.String }}',
  '{{ .MatchContext.ContextExtensions.tier }}{{ .Copy.Subject }}',
  '{{ with .Extra }}{{ .name }}{{ end }}{{ range .Extra.list }}{{ .id }}{{ end }}',
  '{{ range $i, $v := .Extra.list }}{{ $v.id }}{{ end }}',
  '{{ define "t" }}{{ .id }}{{ $.id }}{{ end }}{{ template "t" .Extra }}',
  '{{ $s := .Extra }}{{ $s.id }}',
  '{{ (index .Extra.list 0).id }}',
  '{{ define "t" }}{{ .id }}{{ end }}{{ template "t" . }}{{ template "t" .Extra }}',
  '{{ define "t" }}{{ .Subjct }}{{ end }}',
  '{{ define "t" }}{{ template "t" .Header }}{{ .id }}{{ end }}{{ template "t" .MatchContext }}',
  '{{ $x := .MatchContext }}{{ range .Extra.list }}{{ $x.id }}{{ $x = . }}{{ end }}',
  '{{ $ = .Extra }}{{ $.id }}',
  '{{ $x := .MatchContext.URL }}{{ with .Extra }}{{ $x := .a }}{{ $x.id }}{{ end }}{{ $x.Host }}',
  '{{ with .MatchContext.Header }}{{ .anything }}{{ end }}{{ .MatchContext.Named.a.b }}',
  '{{ .MatchContext.Client.Address }}{{ .MatchContext.Metadata.ns.b }}',
  '{{ with .MatchContext.Client.Certificate }}{{ .Subject }}{{ .NotAfter.Year }}{{ end }}',
]) {
  test(`${source} has no unknown field`, () => {
    assert.equal(checkFields(source), undefined)
    compileField('config', source, { allow: [] })
  })
}

const onlyContext = (source: string) => checkFields(source, { only: 'MatchContext' })

for (const source of [
  '{{ . }}',
  '{{ .Subject }}',
  '{{ .Extra.sub }}',
  '{{ $ }}',
  '{{ $.Subject }}',
  '{{ printf "%v" . }}',
  '{{ (.).MatchContext.Method }}',
  '{{ with $ }}{{ .MatchContext.Method }}{{ end }}',
  '{{ $s := . }}{{ $s.Subject }}',
  '{{ .Copy.MatchContext.Method }}',
  '{{ define "t" }}{{ .Subject }}{{ end }}{{ template "t" . }}',
  '{{ with .MatchContext }}{{ $.Subject }}{{ end }}',
  '{{ if false }}{{ $ = "x" }}{{ end }}{{ $.Subject }}',
  '{{ range .MatchContext.RegexpCaptureGroups }}{{ else }}{{ .Subject }}{{ end }}',
  '{{ if eq .MatchContext.Method "GET" }}{{ .Header }}{{ end }}',
]) {
  test(`${source} reads more than the match context`, () => {
    assert.match(onlyContext(source) ?? '', /^found .*, expected \.MatchContext: nothing else/)
  })
}

for (const source of [
  'orders',
  '{{ .MatchContext.Named.tenant }}',
  '{{ $.MatchContext.Method | lower }}',
  '{{ with .MatchContext }}{{ .Named.tenant }}{{ $.MatchContext.URL.Host }}{{ end }}',
  '{{ define "t" }}{{ .Method }}{{ end }}{{ template "t" .MatchContext }}',
]) {
  test(`${source} reads the match context alone`, () => {
    assert.equal(onlyContext(source), undefined)
  })
}

test('a source with very many definitions is checked in its main text', () => {
  const definitions = Array.from(
    { length: 2000 },
    (_, i) => `{{ define "t${i}" }}{{ template "t${i + 1}" . }}{{ end }}`,
  )
  const source = `${definitions.join('')}{{ template "t0" . }}`
  assert.equal(checkFields(source), undefined)
  assert.match(checkFields(`${source}{{ .Subjct }}`) ?? '', /Subjct/)
})

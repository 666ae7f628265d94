import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileField } from '../../../src/handlers/templates.ts'
import { unknownField } from '../../../src/templates/unknown-field.ts'

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
]

for (const [source, problem] of found) {
  test(`${source} is an error at load`, () => {
    assert.match(unknownField(source) ?? '', problem)
    assert.throws(() => compileField('config', source, []), /^Error: config: /)
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
]) {
  test(`${source} has no unknown field`, () => {
    assert.equal(unknownField(source), undefined)
    compileField('config', source, [])
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonObject, toByteStrings } from '../../../src/lib/json.ts'
import type { Session } from '../../../src/model/session.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { rich } from './support.ts'

/** Pieces of templates, so that many random texts parse. */
const pieces = fc.constantFrom(
  ...[
    '{{',
    '}}',
    '{{-',
    '-}}',
    '{{ end }}',
    '{{ else }}',
    '{{ if ',
    '{{ range ',
    '{{ with ',
    ' }}',
  ],
  ...[
    '{{ break }}',
    '{{ continue }}',
    '{{ template "a" ',
    '{{ template "template" ',
    '{{ define "a" }}',
    '{{ block "a" ',
  ],
  ...['.', '.Subject', '.Extra', '.Extra.roles', '.x', '$', '$x', ' := ', ' = ', ', ', ' | ', '('],
  ...[
    ')',
    ' ',
    '"',
    '`',
    "'",
    '1',
    '-1',
    '1.5',
    '0x',
    '1e9',
    '"a"',
    "'a'",
    'nil',
    'true',
    '/*',
    '*/',
  ],
  ...[
    'print ',
    'printf ',
    'index ',
    'slice ',
    'len ',
    'eq ',
    'lt ',
    'and ',
    'or ',
    'not ',
    'html ',
  ],
  ...['toJson ', 'printIndex ', 'call ', 'js ', 'urlquery ', '"%v %d %s"', '"%[2]*.[1]*f"', '\n'],
  ...['.MatchContext', '.URL', '.Header', '.Query', '.Get ', '.JoinPath ', 'é', '\0', '\xff', '%'],
)

const sources = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map(text => Buffer.from(text).toString('latin1')),
  fc.array(pieces, { maxLength: 24 }).map(parts => parts.join('')),
  fc.array(pieces, { maxLength: 8 }).map(parts => `{{ ${parts.join(' ')} }}`),
  fc
    .array(pieces, { maxLength: 6 })
    .map(parts => `{{ range .Extra.roles }}{{ ${parts.join(' ')} }}{{ end }}`),
)

/** True if the text was refused or rendered in one of the two declared ways. */
function behaves(source: string, session: Session): boolean {
  let template: ReturnType<typeof compileTemplate>
  try {
    template = compileTemplate(source)
  } catch (error) {
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'TemplateSyntaxError', error.stack)
    assert.match(error.message, /^template: template:\d+: /)
    return true
  }
  const result = template.render(session)
  return typeof result === 'string' || result.code === 'internal_server_error'
}

test('no text makes compiling or rendering throw anything but a syntax error', () => {
  fc.assert(
    fc.property(sources, source => behaves(source, rich)),
    { numRuns: 4000 },
  )
})

const expressions = [
  '{{ . }}{{ print . }}{{ toJson . }}{{ printf "%v %+v %#v %s %d %q %x %T" .Extra .Extra .Extra .Extra .Extra .Extra .Extra .Extra }}',
  '{{ range $k, $v := .Extra }}{{ $k }}{{ $v }}{{ with $v }}{{ . | html }}{{ else }}{{ js $v }}{{ end }}{{ end }}',
  '{{ .Extra.a.b }}',
  '{{ ((.Extra.a).b).c }}{{ index .Extra "a" }}{{ len .Extra }}',
  '{{ eq .Extra.a .Extra.b }}',
  '{{ lt .Extra.a .Extra.b }}',
].map(source => compileTemplate(source))

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonObject[string]>

test('no data makes rendering throw', () => {
  fc.assert(
    fc.property(json, json, fc.dictionary(fc.string(), json), (a, b, more) => {
      const extra = toByteStrings({ ...more, a, b }) as JsonObject
      for (const { render } of expressions) {
        const result = render({ ...rich, extra })
        assert.ok(typeof result === 'string' || result.code === 'internal_server_error')
      }
    }),
    { numRuns: 1000 },
  )
})

test('printf accepts any format', () => {
  const units = fc.constantFrom(...'%%%vdsqxXTtfegbcoOU+-# 0123.*[]é\0')
  const template = compileTemplate('{{ printf .Extra.format 1 "two" 3.5 nil true .Extra.roles }}')
  fc.assert(
    fc.property(fc.string({ unit: units, maxLength: 20 }), format => {
      const extra = toByteStrings({ ...rich.extra, format }) as JsonObject
      const result = template.render({ ...rich, extra })
      assert.ok(typeof result === 'string' || /1 MiB/.test(result.info.message))
    }),
    { numRuns: 4000 },
  )
})

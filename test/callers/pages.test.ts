/** The pages of the callers: each has the same sections in the same order. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/folder.ts'
import { sectionsOf } from '../support/markdown.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const gateways = ['emissary', 'istio', 'envoy-gateway', 'contour', 'gloo']
/** Their pages say that they are not run here. */
const byDocumentation = ['gateway-api', 'kgateway', 'agentgateway']
const proxies = ['nginx', 'caddy', 'haproxy', 'traefik', 'ingress-nginx']

const callers = [
  ...[...proxies, ...gateways, ...byDocumentation].map(name => `deploy/${name}/README.md`),
  ...['grpc', 'http'].map(form => `envoy-examples/${form}/README.md`),
  ...['aws-api-gateway', 'node'].map(name => `docs/callers/${name}.md`),
]

const titles = [
  'What to paste',
  'What it sends',
  'So that nothing can be spoofed',
  'How to see that it works',
  'Troubleshooting',
]

const row = /^\| (?!---|symptom)(.+?) \| (.+?) \|$/gm

for (const file of callers) {
  test(`${file}: the five sections in their order, and a table of symptoms with causes`, () => {
    const sections = sectionsOf(read(file)).slice(0, titles.length)
    assert.deepEqual(
      sections.map(({ title }) => title),
      titles,
    )
    for (const { title, text } of sections) assert.ok(text.length > 80, `${title}: ${text}`)
    const table = sections.at(-1)?.text ?? ''
    assert.match(table, /^\| symptom \| cause, or what to look at \|\n\| --- \| --- \|$/m)
    const rows = [...table.matchAll(row)]
    assert.ok(rows.length >= 10, `${rows.length} symptoms`)
    for (const [line, symptom = '', cause = ''] of rows) {
      assert.ok(symptom.length > 2 && cause.length > 8, line)
    }
  })
}

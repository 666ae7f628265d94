import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { callers } from '../../callers/checks.ts'
import { table } from '../../callers/table.ts'
import { root } from '../../support/folder.ts'

const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8')

test('the table on the page of the callers equals that of their tests', () => {
  assert(read('docs/callers/README.md').includes(`\n${table()}\n`), `it lacks\n\n${table()}`)
})

test('every caller of the table has one test with all cells', () => {
  const tests = readdirSync(join(root, 'test/callers'))
    .filter(file => file.endsWith('.test.ts'))
    .map(file => read('test/callers', file))
    .join('\n')
  for (const name of Object.keys(callers)) {
    const runs = tests.match(
      new RegExp(`test(?:Proxy|Envoy|Caller)\\('${name.replace('.', '\\.')}'`, 'g'),
    )
    assert.equal(runs?.length, 1, name)
  }
})

for (const name of ['nginx', 'caddy', 'haproxy', 'traefik', 'ingress-nginx']) {
  const folder = join('deploy', name)

  test(`${name}: there is a page, with a link in both lists`, () => {
    const page = `${folder}/README.md`
    assert(existsSync(join(root, page)))
    assert(read('README.md').includes(`(${page})`))
    assert(read('docs/callers/README.md').includes(`(../../${page})`))
  })

  test(`${name}: the rules are the same as for all, and the proxy's files contain every header that they set`, () => {
    const rules = read(folder, 'rules.yaml')
    assert.equal(rules, read('deploy/nginx/rules.yaml'))
    const files = readdirSync(join(root, folder), { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name: file }) => file)
      .filter(file => !['rules.yaml', 'oarlock.yaml', 'README.md'].includes(file))
    const settings = files.map(file => read(folder, file).toLowerCase()).join('\n')
    for (const header of headersOf(rules)) assert(settings.includes(header.toLowerCase()), header)
  })

  test(`${name}: its dialect and its trusted proxies are configured`, () => {
    const { serve } = parse(read(folder, 'oarlock.yaml'))
    assert.match(serve.api.forwarded, /^x-(forwarded|original)$/)
    assert(serve.api.trusted_proxies.length > 0)
    assert.deepEqual([serve.proxy.enabled, serve.grpc.enabled], [false, false])
    assert.equal(serve.api.auth_request ?? false, name.includes('nginx'))
  })
}

function headersOf(rules: string): readonly string[] {
  const parsed = parse(rules) as readonly {
    readonly mutators: readonly { readonly config: { readonly headers: object } }[]
  }[]
  const names = parsed.flatMap(rule =>
    rule.mutators.flatMap(one => Object.keys(one.config.headers)),
  )
  assert(names.length > 0)
  return names
}

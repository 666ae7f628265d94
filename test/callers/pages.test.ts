/** The pages of the callers: what each has to say, in one order; and the links and keys of all pages. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { isKey, keysIn } from '../support/config-keys.ts'
import { root } from '../support/folder.ts'
import { anchorsIn, linksIn, sectionsOf } from '../support/markdown.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const gateways = ['emissary', 'istio', 'envoy-gateway', 'contour', 'gloo']
const proxies = ['nginx', 'caddy', 'haproxy', 'traefik', 'ingress-nginx']

const callers = [
  ...[...proxies, ...gateways].map(name => `deploy/${name}/README.md`),
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
  test(`${file}: the five sections in their order, and symptoms with causes`, () => {
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

const markdownBelow = (folder: string): readonly string[] =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name))

const pages = [
  'README.md',
  'SECURITY.md',
  ...['docs', 'deploy', 'envoy-examples'].flatMap(markdownBelow),
]

/** Why a link leads nowhere; undefined: it leads somewhere. */
function deadEnd(file: string, link: string): string | undefined {
  const [target = '', anchor] = link.split('#')
  const path = target === '' ? file : join(dirname(file), target)
  if (path.startsWith('..') || !existsSync(join(root, path)))
    return `${file}: ${link}: no such file`
  if (anchor === undefined) return undefined
  const isPage = statSync(join(root, path)).isFile() && path.endsWith('.md')
  return isPage && anchorsIn(read(path)).has(anchor)
    ? undefined
    : `${file}: ${link}: no such heading`
}

const ownLinks = (file: string): readonly string[] =>
  linksIn(read(file)).filter(link => !/^[a-z]+:/.test(link))

test('every link of a page leads to a file that is there, and to a heading', () => {
  assert.ok(pages.length > 60, `${pages.length} pages`)
  const links = pages.flatMap(file => ownLinks(file).map(link => [file, link] as const))
  assert.ok(links.length > 150, `${links.length} links`)
  assert.deepEqual(
    links.flatMap(([file, link]) => deadEnd(file, link) ?? []),
    [],
  )
})

test('a link that leads nowhere would be found', () => {
  const page = '[a](nothing.md) `[b](code.md)` [c](#here)\n```\n[d](fence.md)\n```\n'
  assert.deepEqual(linksIn(page), ['nothing.md', '#here'])
  assert.match(deadEnd('README.md', 'nothing.md') ?? '', /no such file/)
  assert.match(deadEnd('README.md', '#nothing') ?? '', /no such heading/)
  assert.equal(
    deadEnd('deploy/gloo/README.md', '../../docs/callers/envoy.md#what-is-sent'),
    undefined,
  )
  assert.deepEqual([...anchorsIn('# A `b.c`, d\n## E\n## E\n')], ['a-bc-d', 'e', 'e-1'])
})

/** They speak of other programs, too; or of the keys of one handler, and are made from its code. */
const otherKeys = /^docs\/(compatibility\.md|changelog\.md|handlers\/)/

test('every key of our configuration that a page names is one', () => {
  const keys = pages
    .filter(file => !otherKeys.test(file))
    .flatMap(file => keysIn(read(file)).map(key => [file, key] as const))
  assert.ok(keys.length > 150, `${keys.length} keys`)
  assert.deepEqual(
    keys.filter(([, key]) => !isKey(key)),
    [],
  )
})

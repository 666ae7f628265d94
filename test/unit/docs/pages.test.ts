/** All pages of the repository: each link, key of the configuration, command, option and make target exists. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { configurationsIn, isKey, keysIn, keysOf } from '../../support/config-keys.ts'
import { commandProblem, commandsIn, targetsIn } from '../../support/documented-commands.ts'
import { root } from '../../support/folder.ts'
import { anchorsIn, linksIn } from '../../support/markdown.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Folders of installed or built files, and files of other authors. */
const skipped = new Set(['node_modules', 'dist', '.git', '.venv', '.cache'])

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : markdownIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })

const pages = markdownIn('.')

/** The results of a finder for each page. */
const inPages = (
  find: (page: string) => readonly string[],
  files = pages,
): readonly (readonly [file: string, found: string])[] =>
  files.flatMap(file => find(read(file)).map(found => [file, found] as const))

/** Why the target of a link does not exist; undefined if it exists. */
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

const ownLinks = (page: string): readonly string[] =>
  linksIn(page).filter(link => !/^[a-z]+:/.test(link))

test('every link of a page has an existing file and heading', () => {
  assert.ok(pages.length > 80, `${pages.length} pages`)
  const links = inPages(ownLinks)
  assert.ok(links.length > 250, `${links.length} links`)
  assert.deepEqual(
    links.flatMap(([file, link]) => deadEnd(file, link) ?? []),
    [],
  )
})

test('a broken link is found', () => {
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

/** Pages about keys of Oathkeeper, removed keys, or keys of one handler. */
const otherKeys = /^docs\/(compatibility\.md|changelog\.md|handlers\/)/
const ofOurKeys = pages.filter(file => !otherKeys.test(file))

test('every key of the configuration that a page names is in the schema', () => {
  const keys = inPages(keysIn, ofOurKeys)
  assert.ok(keys.length > 200, `${keys.length} keys`)
  assert.deepEqual(
    keys.filter(([, key]) => !isKey(key)),
    [],
  )
})

const exampleKeys = (page: string): readonly string[] =>
  configurationsIn(page).flatMap(configuration => keysOf(configuration))

test('every key in an example of a configuration is in the schema', () => {
  const keys = inPages(exampleKeys)
  assert.ok(keys.length > 300, `${keys.length} keys`)
  assert.deepEqual(
    keys.filter(([, key]) => !isKey(key)),
    [],
  )
})

test('a key that does not exist is found, in a text and in an example', () => {
  assert.deepEqual(keysIn('`serve.api.nothing: 1`, `details.x`').map(isKey), [false])
  const example = '```yaml\nserve: { api: { nothing: 1 }, workers: 2 }\n```\n'
  assert.deepEqual(exampleKeys(example), [
    'serve',
    'serve.api',
    'serve.api.nothing',
    'serve.workers',
  ])
  assert.equal(isKey('serve.api.nothing'), false)
  const others =
    '```yaml\nauthenticators: [{ handler: jwt }]\n```\n```yaml\nkind: Service\nserve: {}\n```\n'
  assert.deepEqual(exampleKeys(others), [])
})

test('every command and option that a page shows exists', () => {
  const commands = inPages(commandsIn)
  assert.ok(commands.length > 40, `${commands.length} commands`)
  assert.deepEqual(
    commands.flatMap(([file, words]) => {
      const problem = commandProblem(words)
      return problem === undefined ? [] : [`${file}: oarlock ${words}: ${problem}`]
    }),
    [],
  )
})

test('a command or an option that does not exist is found', () => {
  const page =
    '`oarlock clarify`, `LOG_LEVEL=debug oarlock serve -c FILE`\n```sh\nx && npx oarlock rules list|get ID \\\n  -e URL # all\nkubectl -n oarlock get pods\n```\n'
  assert.deepEqual(commandsIn(page), ['rules list/get ID -e URL', 'clarify', 'serve -c FILE'])
  assert.deepEqual(commandsIn(page).map(commandProblem), [
    undefined,
    'oarlock has no command clarify',
    undefined,
  ])
  for (const [words, problem] of [
    ['serve --fast', 'serve has no option --fast'],
    ['rules list/drop', 'rules has no command drop'],
    ['-c FILE validate --strict', 'validate has no option --strict'],
    ['credentials generate --alg=ES256 --bits 1', undefined],
  ] as const) {
    assert.equal(commandProblem(words), problem, words)
  }
})

const targets = new Set([...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name))

test('every make target that a page shows exists', () => {
  const found = inPages(targetsIn)
  assert.ok(found.length > 15, `${found.length} targets`)
  assert.deepEqual(
    found.filter(([, target]) => !targets.has(target)),
    [],
  )
})

test('a make target that does not exist is found', () => {
  assert.deepEqual(targetsIn('`make everything`\n```sh\nSECONDS=9 make soak   # x\n```\n'), [
    'soak',
    'everything',
  ])
  assert.deepEqual([targets.has('everything'), targets.has('soak')], [false, true])
})

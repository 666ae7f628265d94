import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { startChild, untilReady } from '../support/child.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { freePort } from '../support/ports.ts'

interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function oarlock(...args: readonly string[]): Promise<Result> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const handlers = `
authenticators: {anonymous: {enabled: true, config: {}}}
authorizers: {allow: {enabled: true}}
mutators: {header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}"}}}}
`

const configOf = (folder: string): string =>
  `access_rules: {repositories: ["file://${folder}/rules.yaml"]}\n${handlers}`

const good = `- id: good
  match: {url: "http://h/<.*>", methods: [GET]}
  authenticators: [{handler: anonymous}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
`

function validate(t: TestContext, rules: string): Promise<Result> {
  const folder = folderWith(t, { 'rules.yaml': rules })
  writeFileSync(join(folder, 'oarlock.yaml'), configOf(folder))
  return oarlock('validate', '-c', join(folder, 'oarlock.yaml'))
}

test('validate prints how many rules are valid', async t => {
  const { code, out } = await validate(t, good)
  assert.equal(code, 0)
  assert.equal(out, '1 rule is valid, 0 problems\n')
})

test('validate names every broken rule and its problem', async t => {
  const bad = (id: string, part: string) =>
    good
      .replaceAll('good', id)
      .replace(/ {2}(match|authorizer|mutators).*\n/g, line =>
        part.startsWith(line.trim().split(':')[0] ?? '') ? `  ${part}\n` : line,
      )
  const { code, err } = await validate(
    t,
    [
      good,
      bad('unknown', 'authorizer: {handler: magic}'),
      bad('pattern', 'match: {url: "http://h/<(>", methods: [GET]}'),
      bad('template', 'mutators: [{handler: header, config: {headers: {X-A: "{{ .Subject "}}}]'),
      bad('config', 'mutators: [{handler: header, config: {heders: {}}}]'),
      bad('disabled', 'authorizer: {handler: deny}'),
    ].join(''),
  )
  assert.equal(code, 3)
  for (const expected of [
    /error: rule "unknown": authorizer "magic" does not exist; there are allow, cel, deny/,
    /error: rule "pattern": match: .+/,
    /error: rule "template": mutator "header": headers\.X-A: .+/,
    /error: rule "config": mutator "header": config\.heders: .*"headers"/,
    /error: rule "disabled": authorizer "deny" is disabled in the configuration/,
  ])
    assert.match(err, expected)
})

test('validate reports a document that is not valid, and a missing file', async t => {
  assert.match((await validate(t, 'id: x')).err, /rules\.yaml: expected a list of rules at the top/)
  const folder = folderWith(t, { 'oarlock.yaml': configOf('/no/such/folder') })
  const { code, err } = await oarlock('validate', '-c', join(folder, 'oarlock.yaml'))
  assert.equal(code, 1)
  assert.match(err, /ENOENT/)
})

test('validate warns about settings without effect and still succeeds', async t => {
  const { code, err } = await validate(t, good.replace('- id', '- nonsense: 1\n  id'))
  assert.equal(code, 0)
  assert.match(err, /warning: .*"nonsense" is ignored/)
})

test('every problem of a configuration is printed with file, line and key', async t => {
  const folder = folderWith(t, {
    'a.yaml': 'serve:\n  api:\n    port: "4455"\n    hots: x\nlog: {level: loud}\n',
  })
  const { code, err } = await oarlock('validate', '-c', join(folder, 'a.yaml'))
  assert.equal(code, 3)
  assert.match(err, /a\.yaml:3:\d+ serve\.api\.port: found "4455"/)
  assert.match(err, /a\.yaml:4:\d+ serve\.api\.hots: .*did you mean/)
  assert.match(err, /a\.yaml:5:\d+ log\.level: found "loud"/)
})

test('a missing file, and a file of another kind, are named', async () => {
  const missing = await oarlock('validate', '-c', '/no/such.yaml')
  assert.match(missing.err, /\/no\/such\.yaml/)
  assert.equal(missing.code, 1)
  const other = await oarlock('validate', '-c', '/etc/hosts')
  assert.match(other.err, /\/etc\/hosts/)
  assert.equal(other.code, 3)
})

test('version prints the version', async () => {
  assert.match((await oarlock('version')).out, /^Version: {4}\d+\.\d+\.\d+\n$/)
})

for (const args of [['--nonsense'], ['nonsense'], ['health', 'alive'], ['serve', '--port', '1']]) {
  test(`wrong usage is reported with exit code 2: ${args.join(' ')}`, async () => {
    const { code, err } = await oarlock(...args)
    assert.equal(code, 2)
    assert.match(err, /error:/)
  })
}

test('help succeeds', async () => {
  const { code, out } = await oarlock('--help')
  assert.equal(code, 0)
  for (const command of ['serve', 'validate', 'version', 'health'])
    assert.match(out, new RegExp(command))
})

test('health reports readiness by its exit code', async t => {
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/health/alive' ? 200 : 503).end('{}'),
  )
  const endpoint = `http://127.0.0.1:${await listen(t, server)}`
  assert.deepEqual(await oarlock('health', 'alive', '-e', endpoint), {
    code: 0,
    out: '{\n\t"status": "ok"\n}\n',
    err: '',
  })
  const ready = await oarlock('health', 'ready', '-e', endpoint)
  assert.equal(ready.code, 1)
  assert.match(ready.err, /answered 503/)
  assert.equal((await oarlock('health', 'alive', '-e', 'http://127.0.0.1:1')).code, 1)
  assert.match((await oarlock('health', 'alive', '-e', 'localhost')).err, /expected a URL/)
})

test('the built command runs, and refuses a broken configuration', t => {
  const folder = folderWith(t, { 'a.yaml': 'nonsense: true\n' })
  const command = (...args: string[]) =>
    spawnSync('node', ['dist/main.js', ...args], { encoding: 'utf8' })
  assert.equal(command('version').status, 0)
  const refused = command('serve', '-c', join(folder, 'a.yaml'))
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /a\.yaml:1:1 nonsense: /)
})

test('every problem of one rule is reported, also beside a pattern that does not compile', async t => {
  const { code, err } = await validate(
    t,
    `- id: all
  match: {url: "http://h/<(>", methods: [GET]}
  authenticators: [{handler: anonymus}, {handler: jwt}]
  authorizer: {handler: deny}
  mutators: [{handler: header, config: {headers: {X-A: "a\\n{{ .Subject"}}}, {handler: cookie}]
  errors: [{handler: magic}]
  upstream: {url: "no url"}
`,
  )
  assert.equal(code, 3)
  for (const expected of [
    /rule "all": match: .*position/,
    /authenticator "anonymus" does not exist; there are anonymous/,
    /authenticator "jwt" is disabled in the configuration/,
    /authorizer "deny" is disabled in the configuration/,
    /mutator "header": headers\.X-A: .*:2/,
    /mutator "cookie" is disabled in the configuration/,
    /error "magic" does not exist; there are bearer_challenge, json/,
    /upstream\.url: found "no url"/,
  ])
    assert.match(err, expected)
})

for (const [what, rules, place] of [
  ['YAML', '- id: a\n  match: {url: x\n- id: b\n', 'line 3, column 1'],
  ['JSON that ends too early', '[{"id": "a",\n "match": {', 'line 2, column 12'],
  ['JSON with an unexpected word', '[{"id": "a" secret}]', 'line 1, column 13'],
] as const) {
  test(`the place in broken rules is reported in one line: ${what}`, async t => {
    const { code, err } = await validate(t, rules)
    assert.equal(code, 3)
    const errors = err.split('\n').filter(line => !line.startsWith('warning: '))
    assert.equal(errors.length, 2, err)
    assert.match(errors[0] ?? '', /^error: file:\/\/\S+\/rules\.yaml: neither JSON nor YAML: /)
    assert.ok(errors[0]?.endsWith(`at ${place}`), err)
    assert.doesNotMatch(err, /secret/)
  })
}

test('all sources and all rules are checked, whatever is wrong with the first', async t => {
  const folder = folderWith(t, {
    'first.yaml': 'id: x\n',
    'second.yaml': good.replace('allow', 'magic'),
    'third.yaml': good.replaceAll('good', 'third').replace('//h/', '//third/'),
  })
  const locations = ['first', 'second', 'third', 'fourth'].map(
    name => `file://${folder}/${name}.yaml`,
  )
  writeFileSync(
    join(folder, 'oarlock.yaml'),
    `access_rules: {repositories: ${JSON.stringify(locations)}}\n${handlers}`,
  )
  const { code, out, err } = await oarlock('validate', '-c', join(folder, 'oarlock.yaml'))
  assert.equal(code, 3)
  assert.match(err, /first\.yaml: expected a list/)
  assert.match(err, /rule "good": authorizer "magic"/)
  assert.match(err, /fourth\.yaml: ENOENT/)
  assert.match(out, /1 rule is valid, 3 problems/)
})

/** Runs the built command, so that exit codes and streams are those of a shell. */
function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 15_000 } as const
  return spawnSync('node', ['dist/main.js', ...args], options)
}

test('problems of every file and of the environment are reported together, each with its place', t => {
  const folder = folderWith(t, {
    'a.yaml': 'serve:\n  api:\n    port: "x"\n',
    'b.json': '{"log":\n  {"level": "loud"}}',
    'c.toml': '[serve.grpcc]\nport = 1\n',
    'd.yaml': 'serve:\n  api: {port: 1\n',
    'e.json': '{"serve": }',
    'f.toml': '[serve\n',
  })
  const files = ['a.yaml', 'b.json', 'c.toml', 'd.yaml', 'e.json', 'f.toml']
  const args = files.flatMap(name => ['-c', join(folder, name)])
  const { status, stdout, stderr } = command(['serve', ...args], { SERVE_GRPC_PORT: 'abc' })
  assert.deepEqual([status, stdout], [1, ''])
  for (const expected of [
    /a\.yaml:3:\d+ serve\.api\.port: found "x"/,
    /b\.json:2:\d+ log\.level: found "loud" .*expected one of/,
    /c\.toml:1:\d+ serve\.grpcc: .*did you mean "grpc"/,
    /d\.yaml:3:1: found .*expected YAML/,
    /e\.json:1:11: found .*expected JSON/,
    /f\.toml:1:\d+: found .*expected TOML/,
    /\$SERVE_GRPC_PORT serve\.grpc\.port: found "abc" .*expected a whole number/,
  ])
    assert.match(stderr, expected)
  assert.match(stderr, /has 7 problems/)
})

test('a failing start prints the reason in one line, without a stack, and exits with 1', t => {
  const folder = folderWith(t, { 'rules.yaml': good.replace('allow', 'magic') })
  writeFileSync(join(folder, 'oarlock.yaml'), configOf(folder))
  const { status, stderr } = command(['serve', '--strict', '-c', join(folder, 'oarlock.yaml')])
  assert.equal(status, 1)
  assert.match(stderr, /cannot run.*rule \\"good\\": authorizer \\"magic\\"/)
  assert.doesNotMatch(stderr, /\n? {4}at |\\n/)
})

test('wrong usage of the built command exits with 2, help with 0', () => {
  assert.equal(command(['serve', '--nope']).status, 2)
  assert.equal(command(['serve', '--help']).status, 0)
  assert.equal(command(['health', 'ready', '-e', 'http://127.0.0.1:1']).status, 1)
})

const ruleOf = (id: string) => ({
  id,
  version: '',
  description: '',
  match: { methods: ['GET'], url: 'http://h/<.*>' },
  authenticators: [{ handler: 'noop', config: null }],
  authorizer: { handler: 'allow', config: null },
  mutators: [{ handler: 'noop', config: { empty: '', no: null } }],
  errors: null,
  upstream: { preserve_host: false, strip_path: '', url: '' },
})

const printed = `{
	"authenticators": [
		{
			"handler": "noop"
		}
	],
	"authorizer": {
		"handler": "allow"
	},
	"id": "a/b",
	"match": {
		"methods": [
			"GET"
		],
		"url": "http://h/\\u003c.*\\u003e"
	},
	"mutators": [
		{
			"config": {
				"empty": "",
				"no": null
			},
			"handler": "noop"
		}
	],
	"upstream": {}
}
`

test("rules list and rules get print the rules of a server in Oathkeeper's form", async t => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const isKnown = request.url === '/rules/a%2Fb'
    if (request.url?.startsWith('/rules?')) response.end(JSON.stringify([ruleOf('a/b')]))
    else response.writeHead(isKnown ? 200 : 404).end(isKnown ? JSON.stringify(ruleOf('a/b')) : '{}')
  })
  const endpoint = `http://127.0.0.1:${await listen(t, server)}`
  assert.deepEqual(await oarlock('rules', 'get', 'a/b', '-e', endpoint), {
    code: 0,
    out: printed,
    err: '',
  })
  const list = await oarlock('rules', 'list', '-e', endpoint, '--limit', '5', '--page', '3')
  assert.equal(list.out.replaceAll('\n\t', '\n'), `[\n${printed}]\n`)
  assert.equal(asked.at(-1), '/rules?limit=5&offset=10')
  const missing = await oarlock('rules', 'get', 'x', '-e', endpoint)
  assert.equal(missing.code, 1)
  assert.match(missing.err, /Could not get rule "x": no rule has this id/)
  for (const flags of [
    ['--page', '0'],
    ['--limit', 'x'],
  ]) {
    assert.equal((await oarlock('rules', 'list', '-e', endpoint, ...flags)).code, 1)
  }
  assert.equal((await oarlock('rules', 'list', '-e', 'nowhere')).code, 1)
  assert.equal((await oarlock('rules', 'list')).code, 2)
})

test('configuration files may be given before and after the command, as with Oathkeeper', async t => {
  const rules = (id: string) => good.replaceAll('good', id).replace('//h/', `//${id}/`)
  const folder = folderWith(t, { 'a.yaml': rules('a'), 'b.yaml': rules('b') + rules('c') })
  const file = (name: string): string => join(folder, name)
  const repository = (name: string) => `access_rules: {repositories: ["file://${file(name)}"]}\n`
  writeFileSync(file('one.yaml'), repository('a.yaml') + handlers)
  writeFileSync(file('two.yaml'), repository('b.yaml'))
  const [one, two] = [file('one.yaml'), file('two.yaml')]
  const isTwo = /^2 rules are valid/
  for (const [args, expected] of [
    [['--config', one, 'validate'], /^1 rule is valid/],
    [['-c', one, 'validate'], /^1 rule is valid/],
    [[`--config=${one}`, 'validate'], /^1 rule is valid/],
    [[`-c=${one}`, 'validate'], /^1 rule is valid/],
    [['--sqa-opt-out', '-c', one, 'validate'], /^1 rule is valid/],
    [['--config', one, '--config', two, 'validate'], isTwo],
    [['-c', `${one},${two}`, 'validate'], isTwo],
    [['-c', one, 'validate', '-c', two], isTwo],
    [['validate', '-c', one, two], isTwo],
    [['-c', two, '-c', one, 'validate'], /^1 rule is valid/],
    [['-c', two, 'validate', '-c', one, '-c', two], isTwo],
  ] as const) {
    const { code, out, err } = await oarlock(...args)
    assert.equal(code, 0, `${args.join(' ')}: ${err}`)
    assert.match(out, expected, args.join(' '))
  }
  for (const args of [
    ['-c', one, 'config', 'show', '--set'],
    ['config', '-c', one, 'show', '--set'],
    ['config', 'show', '--set', '-c', one],
  ]) {
    assert.match((await oarlock(...args)).out, /one\.yaml/, args.join(' '))
  }
  assert.equal((await oarlock('-c', one, 'lint')).code, 0)
  assert.equal((await oarlock('-c', one, 'version')).code, 0)
})

test('the server starts with its configuration file given before the command', async t => {
  const folder = folderWith(t, { 'rules.yaml': good })
  const port = await freePort()
  const off = '{enabled: false}'
  const serve = `serve: {api: {host: 127.0.0.1, port: ${port}}, proxy: ${off}, grpc: ${off}, prometheus: ${off}}\n`
  writeFileSync(join(folder, 'oarlock.yaml'), configOf(folder) + serve)
  const main = join(root, 'dist/main.js')
  const file = join(folder, 'oarlock.yaml')
  const child = startChild(t, {
    command: [process.execPath, main, '--config', file, 'serve', '--sqa-opt-out=true'],
    logFile: join(folder, 'log'),
  })
  await untilReady(child, `http://127.0.0.1:${port}/health/ready`)
})

test('a closed pipe, such as by head, causes no error', async () => {
  const main = join(root, 'dist/main.js')
  const shell = `{ node ${main} config show; echo "code $?" >&2; } | exec sleep 0`
  const { stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' })
  assert.equal(stderr, 'code 0\n')
})

/** The recipes for CI systems: their commands run, and fail when they should. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { root, temporaryFolder } from '../support/folder.ts'

const read = (file: string) => parse(readFileSync(join(root, 'deploy/ci', file), 'utf8'))
const command = `${process.execPath} ${join(root, 'dist/main.js')}`

interface Step {
  readonly run: string
  readonly env: Readonly<Record<string, string>>
  readonly if?: string
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly runs: { readonly steps: readonly Step[] }
}

const action = read('github/action.yml') as Action

/** A repository with the rules of the quickstart on its branch `main`, checked out. */
function repository(t: TestContext): string {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'deploy/quickstart'), folder, { recursive: true })
  const file = join(folder, 'oarlock.yaml')
  const config = readFileSync(file, 'utf8').replaceAll('file://deploy/quickstart/', 'file://')
  writeFileSync(file, config)
  const git = (...args: readonly string[]) => {
    const done = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(done.status, 0, done.stderr)
  }
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-q', '-m', 'rules')
  git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  return folder
}

const change = (folder: string, from: string, to: string): void => {
  const file = join(folder, 'rules.yaml')
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}

/** Runs a script as a CI system does, with these variables. */
function runScript(folder: string, script: string, env: Readonly<Record<string, string>>) {
  const done = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  })
  return { code: done.status, printed: done.stdout + done.stderr }
}

function runAction(folder: string) {
  const given: Readonly<Record<string, string>> = { oarlock: command }
  const value = (text: string): string =>
    text
      .replace(
        /\$\{\{ inputs\.([a-z-]+) \}\}/g,
        (_, name) => given[name] ?? action.inputs[name]?.default ?? '',
      )
      .replace(/\$\{\{ github\.base_ref \}\}/g, 'main')
  const summary = join(folder, 'summary.md')
  const steps = action.runs.steps.map(({ run, env }) =>
    runScript(folder, run, {
      GITHUB_STEP_SUMMARY: summary,
      ...Object.fromEntries(Object.entries(env).map(([name, text]) => [name, value(text)])),
    }),
  )
  return { steps, codes: steps.map(({ code }) => code), summary }
}

test('GitHub: unchanged rules pass every step', t => {
  const { codes, steps } = runAction(repository(t))
  assert.deepEqual(codes, [0, 0, 0, 0], JSON.stringify(steps))
})

test('GitHub: a change that tests notice fails, and the summary says what it lets in', t => {
  const folder = repository(t)
  change(folder, 'authorizer: { handler: deny }', 'authorizer: { handler: allow }')
  const { codes, steps, summary } = runAction(folder)
  assert.deepEqual([codes[0], codes[2], codes[3]], [0, 4, 0], JSON.stringify(steps))
  assert.match(steps[2]?.printed ?? '', /::error file=rules\.test\.yaml/)
  assert.match(readFileSync(summary, 'utf8'), /admin/)
})

test('GitHub: broken rules fail at once', t => {
  const folder = repository(t)
  change(folder, 'handler: deny', 'handler: denny')
  assert.equal(runAction(folder).codes[0], 3)
})

interface Job {
  readonly script?: readonly string[]
  readonly artifacts?: { readonly reports: { readonly junit: string } }
}

test('GitLab: each job writes its report, and fails with the rules', t => {
  const jobs = Object.values(read('gitlab.yml') as Readonly<Record<string, Job>>)
  const env = { OARLOCK: command, CONFIG: 'oarlock.yaml' }
  const folder = repository(t)
  const codes = (): readonly (number | null)[] =>
    jobs.flatMap(({ script }) => (script ? [runScript(folder, script.join('\n'), env).code] : []))
  assert.deepEqual(codes(), [0, 0])
  for (const { artifacts } of jobs.filter(({ script }) => script !== undefined)) {
    const report = readFileSync(join(folder, artifacts?.reports.junit ?? ''), 'utf8')
    assert.match(report, /^<\?xml version="1\.0"/)
  }
  change(folder, 'authorizer: { handler: deny }', 'authorizer: { handler: allow }')
  assert.equal(codes()[1], 4)
})

interface Hooks {
  readonly repos: readonly { readonly hooks: readonly { readonly entry: string }[] }[]
}

test('pre-commit: each hook passes, and one fails with the rules', t => {
  const [first] = (read('pre-commit-config.yaml') as Hooks).repos
  const entries = (first?.hooks ?? []).map(({ entry }) =>
    entry.replace('npx --yes oarlock', command),
  )
  assert.equal(entries.length, 3)
  const folder = repository(t)
  const codes = () => entries.map(entry => runScript(folder, entry, {}).code)
  assert.deepEqual(codes(), [0, 0, 0])
  change(folder, 'authorizer: { handler: deny }', 'authorizer: { handler: allow }')
  assert.equal(codes()[2], 4)
})

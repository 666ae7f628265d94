/** The tutorial as a reader follows it, in an empty folder, through the real Envoy. Only the ports differ. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { Cleanup } from '../support/cleanup.ts'
import { fencesIn } from '../support/fences.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { freePort } from '../support/ports.ts'
import { differenceOf } from '../support/printed.ts'
import { isStep, type Outcome, partsOf, type Step, walk } from './walkthrough.ts'

const page = readFileSync(join(root, 'docs/tutorial.md'), 'utf8')
const steps = partsOf(page).filter(isStep)

/** Maps the page's ports to free ones: several tests run on one machine. */
async function moved(): Promise<(text: string) => string> {
  const ports = ['4456', '4457', '10000', '10001']
  const free = new Map<string, number>()
  for (const port of ports) free.set(port, await freePort())
  const expression = new RegExp(`\\b(?:${ports.join('|')})\\b`, 'g')
  return text => text.replaceAll(expression, port => String(free.get(port)))
}

const left = new Set(['node_modules', 'dist', '.venv', '.cache', '.git'])
const withPorts = ['envoy-examples/grpc/envoy.yaml', 'envoy-examples/upstream.mjs']

/** The files of the working tree, committed or not, as a repository that can be cloned. */
function repositoryOf(t: Cleanup, move: (text: string) => string): string {
  const folder = temporaryFolder(t)
  cpSync(root, folder, { recursive: true, filter: path => !left.has(basename(path)) })
  for (const file of withPorts) {
    const path = join(folder, file)
    writeFileSync(path, move(readFileSync(path, 'utf8')))
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=test', '-c', 'user.email=test@example', 'commit', '--quiet', '-m', 'test')
  return folder
}

test('the page has its steps', () => {
  assert.ok(steps.length > 15, `${steps.length} steps`)
})

test('each command of the page prints what the page shows', async t => {
  const move = await moved()
  const outcomes = await walk(t, {
    parts: partsOf(move(page)),
    folder: temporaryFolder(t),
    env: { REPOSITORY: repositoryOf(t, move), npm_config_prefer_offline: 'true' },
  })
  for (const [i, step] of steps.entries()) {
    await t.test(`line ${step.line}: ${step.commands.split('\n', 1)[0]}`, () => {
      assertAsShown({ ...step, expected: move(step.expected) }, outcomes, i)
    })
  }
})

function assertAsShown({ expected }: Step, outcomes: readonly Outcome[], i: number): void {
  const outcome = outcomes[i]
  assert.ok(outcome, `the shell ended before it: ${outcomes.at(-1)?.printed}`)
  assert.equal(differenceOf(expected, outcome.printed), undefined)
  assert.equal(outcome.status, 0, outcome.printed)
}

for (const { attributes, text, line } of fencesIn(page)) {
  const file = attributes.get('excerpt')
  if (file === undefined) continue
  test(`line ${line}: stands in ${file}`, () => {
    assert.ok(readFileSync(join(root, file), 'utf8').includes(text))
  })
}

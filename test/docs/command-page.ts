/** Follows the page of a command in an empty folder: writes its files and compares what its commands print. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { type Fence, fencesIn } from '../support/fences.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { differenceOf } from '../support/printed.ts'

/** `exit=4` of a block below `sh` is the exit code; 0 if it says nothing. */
export function testCommandPage(page: string, least: number): void {
  test(page, async t => {
    const folder = temporaryFolder(t)
    const before = process.cwd()
    t.after(() => process.chdir(before))
    process.chdir(folder)
    const fences = fencesIn(readFileSync(join(root, page), 'utf8'))
    const commands = fences.filter(({ language }) => language === 'sh')
    assert.ok(commands.length >= least, `${commands.length} commands`)
    for (const [i, fence] of fences.entries()) await follow(fence, fences[i + 1], folder)
  })
}

async function follow(fence: Fence, below: Fence | undefined, folder: string): Promise<void> {
  const file = fence.attributes.get('file')
  if (file !== undefined) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), fence.text)
  }
  if (fence.language !== 'sh' || below === undefined) return
  const [name, ...args] = fence.text.trim().split(/\s+/)
  assert.equal(name, 'oarlock')
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  const code = await run(args, { out: add, err: add })
  assert.equal(differenceOf(below.text, lines.join('')), undefined, `line ${fence.line}`)
  assert.equal(code, Number(below.attributes.get('exit') ?? 0), `line ${fence.line}`)
}

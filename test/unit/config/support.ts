import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { renderIssue } from '../../../src/config/issue.ts'
import { loadConfig } from '../../../src/config/load.ts'

type Env = Readonly<Record<string, string>>
type Content = string | Uint8Array

/** Writes files by name into a folder of their own; returns their paths, in order. */
export function writeFiles(t: TestContext, files: Readonly<Record<string, Content>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  })
}

/** The issues, one rendered line each, without folder names; empty if there are none. */
export async function issuesOf(
  t: TestContext,
  files: Readonly<Record<string, Content>>,
  env: Env = {},
): Promise<readonly string[]> {
  const outcome = await loadConfig({ files: writeFiles(t, files), env })
  if (outcome.kind === 'config') return []
  return outcome.issues.map(issue => renderIssue(issue).replace(/^\S*oarlock-config-[^/]+\//, ''))
}

/** The configuration made of one YAML text and the environment. */
export async function load(t: TestContext, yaml: string, env: Env = {}) {
  return loadFiles(t, { 'a.yaml': yaml }, env)
}

export async function loadFiles(
  t: TestContext,
  files: Readonly<Record<string, Content>>,
  env: Env = {},
): Promise<{ config: Config; warnings: readonly string[] }> {
  const outcome = await loadConfig({ files: writeFiles(t, files), env })
  if (outcome.kind === 'invalid') assert.fail(outcome.issues.map(renderIssue).join('\n'))
  return outcome
}

/** Checks the file that was changed, with everything that the same configuration has. */
import { readText } from '../../insight/lint/places.ts'
import { readTestFile } from '../../insight/testing/read-test-file.ts'
import { isTestFile } from '../file-kinds.ts'
import { itemsOf, memberOf, parseTree } from '../text/tree.ts'
import { checkConfig } from './check-config.ts'
import { createFiles } from './files.ts'
import { findConfig, openConfig } from './find-config.ts'
import { noteIssue } from './issues.ts'
import type { Checked, Job } from './messages.ts'
import { namesIn } from './names.ts'
import { noteRuleText } from './rule-notes.ts'

export async function checkFile({ file, workspace, texts }: Job): Promise<Checked> {
  if (isTestFile(file)) return checkTestFile(file, workspace)
  const found = await findConfig(file, workspace)
  if (found !== undefined) {
    return checkConfig(found, texts.keys(), found.files.includes(file) ? 'config' : 'rules')
  }
  const files = createFiles()
  const isRules = looksLikeRules(await readText(file))
  if (isRules) await noteRuleText(file, files)
  return { kind: isRules ? 'rules' : 'other', files: files.notes([file]), names: undefined }
}

/** A list whose entries have a match and handlers, as no other documents have. */
const looksLikeRules = (text: string): boolean =>
  itemsOf(parseTree(text)).some(
    item =>
      memberOf(item, 'match') !== undefined &&
      ['authenticators', 'authorizer', 'authorizers', 'mutators'].some(
        key => memberOf(item, key) !== undefined,
      ),
  )

/** With the names of its configuration, whose own mistakes stand in its files. */
async function checkTestFile(file: string, workspace: Job['workspace']): Promise<Checked> {
  const files = createFiles()
  const { tree } = await files.rangesOf(file)
  if (tree !== undefined && memberOf(tree, 'oarlock_test') === undefined) {
    return { kind: 'other', files: files.notes([file]), names: undefined }
  }
  const read = await readTestFile(file)
  const issues = 'cases' in read ? [] : read
  for (const issue of issues) await noteIssue(issue, file, files)
  const named = 'cases' in read ? read.config : []
  const names = named.length === 0 ? undefined : await namesIn(await openConfig(named, workspace))
  return { kind: 'test', files: files.notes([file]), names }
}

/** `untested-rule`: rules that no test beside the configuration asks about. */
import { resolve } from 'node:path'
import { createDoors } from '../../../explain/doors/doors.ts'
import { textOf } from '../../../lib/bytes.ts'
import { toAsked } from '../../testing/ask-door.ts'
import type { Case, TestFile } from '../../testing/case.ts'
import { testFilesBeside } from '../../testing/files-beside.ts'
import { readTestFile } from '../../testing/read-test-file.ts'
import type { Draft } from '../draft.ts'
import type { Linted } from '../linted.ts'

/** `files`: those of the configuration. Nothing is said where there are no tests, or where they are not valid. */
export async function checkUntested(
  linted: Linted,
  files: readonly string[],
): Promise<readonly Draft[]> {
  const beside = await testFilesBeside(files)
  const read = await Promise.all(beside.map(file => readTestFile(file)))
  const valid = read.filter(one => 'cases' in one)
  const own = valid.filter(isFor(files))
  if (own.length === 0 || valid.length < read.length) return []
  const tested = testedRules(linted, own)
  return linted.rules
    .filter(({ id }) => !tested.has(id))
    .map(rule => ({
      code: 'untested-rule',
      message: 'no test sends a request that it matches; oarlock test --generate FILE writes tests',
      rule,
      path: [],
    }))
}

const isFor =
  (files: readonly string[]) =>
  ({ config }: TestFile): boolean =>
    config.length === 0 || paths(config) === paths(files)

const paths = (files: readonly string[]): string => JSON.stringify(files.map(file => resolve(file)))

/** Ids of the rules that let a request of a test in, or match it. */
function testedRules({ loaded, read }: Linted, files: readonly TestFile[]): ReadonlySet<string> {
  const { grpc } = createDoors(loaded.config)
  const matched = (one: Case): readonly string[] => {
    const asked = toAsked(one)
    const request = typeof asked === 'string' ? undefined : grpc.read(asked)
    if (request === undefined || 'kind' in request) return []
    const rule = read.rules.find(request)
    return rule.kind === 'rule' ? [textOf(rule.id)] : []
  }
  const cases = files.flatMap(file => file.cases).filter(({ skip }) => skip === undefined)
  return new Set(
    cases.flatMap(one => [...(one.expect.allow ? [one.expect.allow] : []), ...matched(one)]),
  )
}

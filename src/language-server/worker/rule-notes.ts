/** Notes about rules: of their documents, and of what does not compile. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CheckedRules } from '../../app/rules/read-rules.ts'
import { readText } from '../../insight/lint/places.ts'
import { textOf } from '../../lib/bytes.ts'
import type { Conflict } from '../../rules/loading/conflicts.ts'
import { parseDocument } from '../../rules/loading/document.ts'
import type { LocatedRule } from '../../rules/loading/repository.ts'
import { itemsOf } from '../text/tree.ts'
import type { Files } from './files.ts'
import { noteOf } from './notes.ts'
import { rangeInRule, rangeOfDocumentText } from './rule-text.ts'

/** Why it is not a valid document; undefined: it is one. */
export async function noteRuleText(path: string, files: Files): Promise<string | undefined> {
  const ranges = await files.rangesOf(path)
  const read = parseDocument(await readText(path))
  const texts = read.kind === 'document' ? read.warnings : [read.message]
  const level = read.kind === 'document' ? 'warning' : 'error'
  for (const text of texts.map(textOf)) {
    files.add(path, noteOf(rangeOfDocumentText(ranges, text), text, level))
  }
  return read.kind === 'document' ? undefined : textOf(read.message)
}

export async function noteRuleProblems(read: CheckedRules, files: Files): Promise<void> {
  const located = new Map(read.located.map(one => [one.definition.id, one]))
  const said = [
    ...read.rules.problems.map(one => ({ ...one, level: 'error' as const })),
    ...read.rules.warnings.map(one => ({ ...one, level: 'warning' as const })),
  ]
  for (const { rule, message, level } of said) {
    const one = located.get(rule)
    if (one?.path === undefined) continue
    const text = textOf(message)
    const range = await rangeOfRule(one, text, files)
    files.add(one.path, noteOf(range, `rule "${textOf(rule)}": ${text}`, level))
  }
  for (const conflict of read.conflicts) await noteConflict(conflict, files)
}

async function rangeOfRule({ path = '', index }: LocatedRule, text: string, files: Files) {
  const ranges = await files.rangesOf(path)
  const node = itemsOf(ranges.tree)[index]
  return node === undefined ? ranges.at({}, 'key') : rangeInRule(ranges, node, text)
}

/** At the later rule, with the earlier one beside it. */
async function noteConflict({ earlier, later, message }: Conflict, files: Files): Promise<void> {
  if (later.path === undefined) return
  const { diagnostic } = noteOf(await rangeOfRule(later, 'id: ', files), message)
  const uri = earlier.path === undefined ? undefined : pathToFileURL(resolve(earlier.path)).href
  const related =
    uri === undefined
      ? {}
      : {
          relatedInformation: [
            {
              location: { uri, range: await rangeOfRule(earlier, 'id: ', files) },
              message: 'the earlier rule',
            },
          ],
        }
  files.add(later.path, { diagnostic: { ...diagnostic, ...related } })
}

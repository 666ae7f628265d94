/** Notes of the commands' messages. */
import { pathToFileURL } from 'node:url'
import type { Diagnostic, DiagnosticSeverity, Range } from 'vscode-languageserver-types'
import type { Fix } from '../../insight/lint/draft.ts'
import type { Finding, Place } from '../../insight/lint/finding.ts'
import type { Level } from '../../insight/lint/level.ts'
import { packageRoot } from '../../lib/package-root.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import type { Note } from './messages.ts'

export const severity = { error: 1, warning: 2, information: 3 } as const satisfies Record<
  string,
  DiagnosticSeverity
>

export const topOfFile: Range = {
  start: { line: 0, character: 0 },
  end: { line: 0, character: 0 },
}

/** Of `validate`. */
export const noteOf = (
  range: Range,
  message: string,
  level: keyof typeof severity = 'error',
): Note => ({
  diagnostic: {
    range,
    severity: severity[level],
    source: 'oarlock',
    message: withoutControls(message),
  },
})

const levels: Readonly<Record<Level, DiagnosticSeverity>> = {
  error: severity.error,
  warning: severity.warning,
  advice: severity.information,
}

/** Where something is written in a file; the text may have to be read. */
export type RangeOf = (place: Place) => Promise<{ readonly path: string; readonly range: Range }>

/** Of `lint`; undefined: it is not about a file. */
export async function noteOfFinding(
  finding: Finding,
  fix: Fix | undefined,
  rangeOf: RangeOf,
): Promise<{ readonly path: string; readonly note: Note } | undefined> {
  const { code, level, place, witness, rule } = finding
  if (place === null) return undefined
  const { path, range } = await rangeOf(place)
  const such = witness === null ? '' : ` (such as ${witness.method} ${witness.url})`
  const message = `${rule === null ? '' : `rule ${JSON.stringify(rule)}: `}${finding.message}${such}`
  const related = await relatedOf(finding, rangeOf)
  const diagnostic: Diagnostic = {
    range,
    severity: levels[level],
    source: 'oarlock lint',
    code,
    codeDescription: { href: new URL(`docs/lint/${code}.md`, packageRoot).href },
    message,
    ...(related.length > 0 && { relatedInformation: related }),
  }
  return { path, note: { diagnostic, fix, isFinding: true } }
}

async function relatedOf({ related }: Finding, rangeOf: RangeOf) {
  const placed = await Promise.all(
    related.map(async ({ rule, place, message }) => {
      if (place === null) return []
      const { path, range } = await rangeOf(place)
      const name = rule === null ? '' : `rule ${JSON.stringify(rule)}: `
      return [{ location: { uri: pathToFileURL(path).href, range }, message: `${name}${message}` }]
    }),
  )
  return placed.flat()
}

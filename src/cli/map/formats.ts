/** How a map is printed. */
import type { MapEntry } from '../../insight/map/entries.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { markdownCell, markdownCode, markdownTable } from '../markdown.ts'
import { htmlPage } from './html.ts'
import { columns, conflictText, methodsText, setsText, whoText } from './texts.ts'

type Render = (entries: readonly MapEntry[]) => string

const md: Render = entries => {
  const rows = entries.map(entry => [
    markdownCode(withoutControls(entry.host)),
    markdownCode(withoutControls(entry.path)),
    markdownCell(methodsText(entry)),
    entry.who === 'everybody'
      ? `**${markdownCell(whoText(entry))}**`
      : markdownCell(whoText(entry)),
    markdownCell(withoutControls(entry.by.join(', '))),
    markdownCell(withoutControls(entry.authorizers.join(', '))),
    markdownCell(setsText(entry)),
    markdownCode(withoutControls(entry.rule)) + markdownCell(conflictText(entry)),
  ])
  return markdownTable(columns, rows)
}

const json: Render = entries =>
  `${JSON.stringify({ version: 1, entries: entries.map(toJson) }, null, 2)}\n`

const toJson = ({ isDefault, ...entry }: MapEntry): object => ({ ...entry, default: isDefault })

export const formats = { md, json, html: htmlPage } as const satisfies Record<string, Render>

export type Format = keyof typeof formats

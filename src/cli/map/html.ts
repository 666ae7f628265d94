/** The map as one page without scripts. */
import type { MapEntry } from '../../insight/map/entries.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { escapeXml } from '../xml.ts'
import { columns, conflictText, methodsText, setsText, whoText } from './texts.ts'

const style = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif }
table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #8884 }
th { position: sticky; top: 0; background: Canvas }
code { overflow-wrap: anywhere }
.everybody { background: #f804 } .nobody { opacity: .6 } .conflict { color: #c00 }
`

export const htmlPage = (entries: readonly MapEntry[]): string =>
  [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<title>Who gets in</title>',
    `<style>${style}</style>`,
    '<table>',
    `<thead><tr>${columns.map(name => `<th>${name}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...entries.map(rowOf),
    '</tbody>',
    '</table>',
    '</html>',
    '',
  ].join('\n')

function rowOf(entry: MapEntry): string {
  const cells = [
    code(entry.host),
    code(entry.path),
    escapeXml(methodsText(entry)),
    escapeXml(whoText(entry)),
    text(entry.by.join(', ')),
    text(entry.authorizers.join(', ')),
    escapeXml(setsText(entry)),
    `${code(entry.rule)}<span class="conflict">${escapeXml(conflictText(entry))}</span>`,
  ]
  return `<tr class="${entry.who}">${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`
}

const text = (value: string): string => escapeXml(withoutControls(value))
const code = (value: string): string => `<code>${text(value)}</code>`

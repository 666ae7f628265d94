/** For people: by file; findings that differ in the rule only are one. */

import type { Finding, Related } from '../../insight/lint/finding.ts'
import { paint } from '../colours.ts'
import { messageText, type Render, type Report, summaryText } from './report.ts'

export const renderPretty: Render = report => {
  const lines: string[] = []
  let file: string | undefined
  for (const group of grouped(report.findings)) {
    const [first] = group
    if (first === undefined) continue
    const own = first.place?.file ?? '(no file)'
    if (own !== file) lines.push(...(file === undefined ? [] : ['']), paint(own, 'bold', report))
    file = own
    lines.push(...linesOf(first, group, report))
  }
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryText(report.findings), ''].join('\n')
}

/** Findings of one file with the same code and text. */
function grouped(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const { code, message, place } = finding
    const key = JSON.stringify([place?.file, code, message])
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [finding])
    else known.push(finding)
  }
  return [...groups.values()]
}

const colours = { error: 'red', warning: 'yellow', advice: 'cyan' } as const

function linesOf(first: Finding, group: readonly Finding[], report: Report): readonly string[] {
  const { level, code, place, witness, related } = first
  const at = place === null ? '' : `${place.line}:${place.column} `
  const head = `  ${at}${paint(level, colours[level], report)} ${paint(code, 'bold', report)} ${textOf(first, group)}`
  return [
    head,
    ...(witness === null ? [] : [`      such as ${witness.method} ${witness.url}`]),
    ...related.map(one => `      see ${relatedText(one)}`),
  ]
}

const mostNamed = 5

function textOf(first: Finding, group: readonly Finding[]): string {
  if (group.length === 1) return messageText(first)
  const rules = group.map(({ rule, place }) => rule ?? `line ${place?.line}`)
  const named = rules.slice(0, mostNamed).map(rule => JSON.stringify(rule))
  const more = rules.length > mostNamed ? ` and ${rules.length - mostNamed} more` : ''
  return `rules ${named.join(', ')}${more}: ${first.message}`
}

const relatedText = ({ rule, place, message }: Related): string => {
  const at = place === null ? '' : ` (${place.file}:${place.line}:${place.column})`
  return `${rule === null ? 'the configuration' : `rule ${JSON.stringify(rule)}`}${at}: ${message}`
}

/** One line for each finding, and formats that are lists of such lines. */
import type { Finding } from '../../insight/lint/finding.ts'
import { messageText, placeText, type Render, summaryText } from './report.ts'

export const renderCompact: Render = ({ findings }) =>
  findings.map(one => `${placeText(one)}: ${one.level} ${one.code}: ${messageText(one)}\n`).join('')

/** The version of the form; `docs/schemas/lint.schema.json` describes it. */
const version = 1

export const renderJson: Render = ({ findings }) =>
  `${JSON.stringify({ version, findings }, undefined, 2)}\n`

const commands = { error: 'error', warning: 'warning', advice: 'notice' } as const

/** Workflow commands, which GitHub shows beside the lines of a pull request. */
export const renderGithub: Render = ({ findings }) =>
  findings
    .map(one => `::${commands[one.level]} ${propertiesOf(one)}::${data(messageText(one))}\n`)
    .join('')

const propertiesOf = ({ place, code }: Finding): string => {
  const at =
    place === null
      ? []
      : [`file=${property(place.file)}`, `line=${place.line}`, `col=${place.column}`]
  return [...at, `title=${property(code)}`].join(',')
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** A table for a comment. */
export const renderMarkdown: Render = ({ findings }) =>
  findings.length === 0
    ? 'no findings\n'
    : [
        `${summaryText(findings)}`,
        '',
        '| level | code | place | finding |',
        '| --- | --- | --- | --- |',
        ...findings.map(
          one =>
            `| ${one.level} | ${one.code} | ${cell(placeText(one))} | ${cell(messageText(one))} |`,
        ),
        '',
      ].join('\n')

const cell = (text: string): string => text.replace(/[\\|`*_[\]<>]/g, sign => `\\${sign}`)

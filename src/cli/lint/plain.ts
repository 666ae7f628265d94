/** One line for each finding, and formats that are lists of such lines. */
import { markdownCell } from '../markdown.ts'
import { workflowCommand } from '../workflow-command.ts'
import { messageText, placeText, type Render, summaryText } from './report.ts'

export const renderCompact: Render = ({ findings }) =>
  findings.map(one => `${placeText(one)}: ${one.level} ${one.code}: ${messageText(one)}\n`).join('')

/** The version of the form; `docs/schemas/lint.schema.json` describes it. */
const version = 1

export const renderJson: Render = ({ findings }) =>
  `${JSON.stringify({ version, findings }, undefined, 2)}\n`

const commands = { error: 'error', warning: 'warning', advice: 'notice' } as const

export const renderGithub: Render = ({ findings }) =>
  findings
    .map(one =>
      workflowCommand({
        level: commands[one.level],
        title: one.code,
        place: one.place ?? undefined,
        message: messageText(one),
      }),
    )
    .join('')

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
            `| ${one.level} | ${one.code} | ${markdownCell(placeText(one))} | ${markdownCell(messageText(one))} |`,
        ),
        '',
      ].join('\n')

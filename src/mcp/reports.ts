/** The published schemas of the commands' reports, and results of tools that have their form. */
import { readFileSync } from 'node:fs'
import { packageRoot } from '../lib/package-root.ts'
import type { Run } from './run-command.ts'
import type { Tool } from './tools.ts'

/** Of results: an object for each tool. */
export function outputSchemaOf({ report, listName }: Tool): object {
  if (report === undefined) return linesSchema
  const { $schema, $id, $comment, $defs, ...schema } = JSON.parse(
    readFileSync(new URL(`docs/schemas/${report}.schema.json`, packageRoot), 'utf8'),
  ) as Readonly<Record<string, unknown>>
  const defs = $defs === undefined ? {} : { $defs }
  if (listName === undefined) return { ...schema, ...defs }
  return { type: 'object', required: [listName], properties: { [listName]: schema }, ...defs }
}

const linesSchema = {
  type: 'object',
  required: ['valid', 'lines'],
  properties: {
    valid: { type: 'boolean' },
    lines: {
      type: 'array',
      items: { type: 'string' },
      description: 'Problems, warnings, and the sum.',
    },
  },
}

/** As the protocol has it. */
export type Result = {
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
}

export const refused = (message: string): Result => ({
  content: [{ type: 'text', text: message }],
  isError: true,
})

/** The command itself failed, or was used wrongly. Other codes are a finding, a failed test, a denial. */
const isFailure = ({ code }: Run): boolean => code === 1 || code === 2

export function resultOf(tool: Tool, run: Run): Result {
  const { code, out, err, stopped } = run
  if (stopped !== undefined) return refused(`${tool.name} was stopped: ${stopped}`)
  if (tool.report === undefined) return resultWith(linesOf(run), '')
  const report = reportIn(out, tool)
  const notes = err.trim()
  if (report === undefined) return refused(notes || `${tool.name} ended with ${code}`)
  return { ...resultWith(report, notes), ...(isFailure(run) && { isError: true }) }
}

const resultWith = (report: Record<string, unknown>, notes: string): Result => ({
  content: [JSON.stringify(report), ...(notes === '' ? [] : [notes])].map(text => ({
    type: 'text',
    text,
  })),
  structuredContent: report,
})

function reportIn(out: string, { listName }: Tool): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(out)
    return listName === undefined ? (value as Record<string, unknown>) : { [listName]: value }
  } catch {
    return undefined
  }
}

const linesOf = ({ code, out, err }: Run): Record<string, unknown> => ({
  valid: code === 0,
  lines: `${err}${out}`.split('\n').filter(line => line.trim() !== ''),
})

/** How differences between two rule sets are printed. */
import type { Kind } from '../../engine/compare/difference.ts'
import type { RuleChange } from '../../insight/diff/changed-rules.ts'
import type { Diff, Doubt } from '../../insight/diff/diff.ts'
import type { Group } from '../../insight/diff/group.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { type Colour, paint } from '../colours.ts'
import { markdownCell, markdownCode, markdownTable } from '../markdown.ts'
import { requestText } from '../shown-request.ts'

export interface Terminal {
  readonly hasColours: boolean
}

type Render = (diff: Diff, terminal: Terminal) => string

const colours: Readonly<Record<Kind, Colour>> = {
  'newly-allowed': 'red',
  'newly-denied': 'yellow',
  status: 'cyan',
  headers: 'cyan',
  removed: 'cyan',
  rule: 'cyan',
  undecided: 'yellow',
}

/** Most lines of each part. */
const mostLines = 50

const pretty: Render = (diff, terminal) =>
  [
    ...shortened(diff.groups.map(group => groupLine(group, terminal))),
    ...shortened(
      diff.doubts.map(doubt => `${paint('undecided', 'yellow', terminal)} ${doubtText(doubt)}`),
    ),
    ...shortened(diff.rules.map(changeText)),
    summaryOf(diff),
    '',
  ].join('\n')

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostLines) return lines
  return [...lines.slice(0, mostLines), `… and ${lines.length - mostLines} more`]
}

/** `newly-allowed (404 → 200), 2 requests, no rule → public: GET https://shop.example/a`. */
function groupLine(group: Group, terminal: Terminal): string {
  const { kind, count, change, example } = group
  const counted = `${count} ${count === 1 ? 'request' : 'requests'}`
  const text = withoutControls(`(${change}), ${counted}, ${rulesText(group)}`)
  return `${paint(kind, colours[kind], terminal)} ${text}: ${requestText(example)}`
}

const rulesText = ({ old, new: next }: Group): string =>
  old === next && old !== null ? `rule ${old}` : `${old ?? 'no rule'} → ${next ?? 'no rule'}`

const doubtText = ({ rules, reason }: Doubt): string =>
  withoutControls([...(rules.length === 0 ? [] : [rules.join(', ')]), reason].join(': '))

const changeText = ({ rule, change, fields }: RuleChange): string =>
  withoutControls(`rule ${rule}: ${change}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`)

function summaryOf({ rules, groups, doubts }: Diff): string {
  const open = groups.filter(({ kind }) => kind === 'undecided').length + doubts.length
  const known = groups.filter(({ kind }) => kind !== 'undecided').length
  const noun = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
  return `${noun(rules.length, 'changed rule')}, ${noun(known, 'difference')}, ${open} undecided`
}

const json: Render = ({ rules, groups, doubts }) =>
  `${JSON.stringify(
    {
      version: 1,
      groups: groups.map(({ kind, old, new: next, count, change, example }) => ({
        kind,
        old,
        new: next,
        count,
        change,
        example,
      })),
      rules,
      undecided: doubts,
    },
    null,
    2,
  )}\n`

/** A comment for a pull request. */
const md: Render = diff => {
  const { groups, rules, doubts } = diff
  const parts = [`**Rules: ${summaryOf(diff)}**\n`]
  if (groups.length > 0) {
    const rows = groups.slice(0, mostLines).map(groupRow)
    parts.push(
      markdownTable(['what', 'requests', 'rule before', 'rule after', 'change', 'example'], rows),
    )
  }
  const cut = groups.length > mostLines ? [`… and ${groups.length - mostLines} more`] : []
  const lists = [...cut, ...doubts.map(doubtText), ...rules.map(changeText)]
  const items = shortened(lists).map(line => `- ${markdownCell(line)}\n`)
  if (items.length > 0) parts.push(items.join(''))
  return parts.join('\n')
}

const groupRow = ({ kind, count, old, new: next, change, example }: Group): readonly string[] => [
  kind === 'newly-allowed' ? `**${kind}**` : kind,
  `${count}`,
  old === null ? '' : markdownCode(withoutControls(old)),
  next === null ? '' : markdownCode(withoutControls(next)),
  markdownCell(withoutControls(change)),
  markdownCode(requestText(example)),
]

export const formats = { pretty, json, md } as const satisfies Record<string, Render>

export type Format = keyof typeof formats

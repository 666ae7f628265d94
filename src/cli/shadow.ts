/** `shadow report`: how the shadow rules of a running server decide differently. */
import { isShadowReport, type ShadowReport } from '../doors/admin/shadow-report.ts'
import { type Kind, kinds } from '../engine/compare/difference.ts'
import { tryJson } from '../lib/json.ts'
import { withoutControls } from '../lib/without-controls.ts'
import { askServer, type EndpointOption } from './ask.ts'
import { counted } from './counted.ts'
import { exitCode } from './exit-codes.ts'
import { markdownCell, markdownTable } from './markdown.ts'
import type { Output } from './output.ts'

export interface ShadowReportOptions extends EndpointOption {
  readonly failOn?: string
  readonly min: string
  readonly format: 'pretty' | 'json' | 'md'
}

export async function shadowReport(options: ShadowReportOptions, output: Output): Promise<number> {
  const failing = readKinds(options.failOn)
  const min = Number(options.min)
  if (typeof failing === 'string' || !Number.isInteger(min) || min < 0) {
    output.err(
      typeof failing === 'string'
        ? `error: --fail-on: ${failing}\n`
        : `error: --min: found "${options.min}", expected a whole number\n`,
    )
    return exitCode.usage
  }
  const report = await askReport(options, output)
  if (report === undefined) return exitCode.failed
  output.out(formats[options.format](report))
  if (report.groups.some(({ kind }) => failing.has(kind))) return exitCode.differs
  return report.compared < min ? exitCode.undecided : exitCode.fine
}

const differences: readonly Kind[] = kinds.filter(kind => kind !== 'undecided')

/** Or what is wrong with the text. */
function readKinds(text: string | undefined): ReadonlySet<string> | string {
  if (text === undefined) return new Set(differences)
  const names = text === 'none' ? [] : text.split(',').map(name => name.trim())
  const wrong = names.find(name => !(kinds as readonly string[]).includes(name))
  return wrong === undefined
    ? new Set(names)
    : `found "${wrong}", expected some of ${kinds.join(', ')}, or none`
}

async function askReport(
  options: ShadowReportOptions,
  output: Output,
): Promise<ShadowReport | undefined> {
  const reply = await askServer(options, '/shadow', output)
  if (reply === undefined) return undefined
  const found = reply.status === 200 ? tryJson(reply.body.toString('utf8'), JSON.parse) : undefined
  if (isShadowReport(found)) return found
  const reason =
    reply.status === 404
      ? 'the server has no shadow rules (access_rules.shadow.repositories)'
      : `answered ${reply.status}`
  output.err(`error: ${options.endpoint}: ${reason}\n`)
  return undefined
}

const formats = {
  pretty,
  json: (report: ShadowReport) => `${JSON.stringify(report, null, 2)}\n`,
  md: markdown,
}

const named = (rule: string | null): string => (rule === null ? 'no rule' : `"${rule}"`)

const summary = ({ compared, dropped, since }: ShadowReport): string =>
  `${counted(compared, 'decision')} compared since ${since}${dropped > 0 ? `, ${dropped} left out` : ''}`

const same = 'no decision differs'

function pretty(report: ShadowReport): string {
  const lines = report.groups.map(
    group =>
      `${group.kind}: ${named(group.old)} → ${named(group.new)}: ${group.change} (${group.count})`,
  )
  const shown = lines.length === 0 ? [same] : lines
  return `${[...shown, summary(report)].map(withoutControls).join('\n')}\n`
}

function markdown(report: ShadowReport): string {
  const rows = report.groups.map(group =>
    [group.kind, named(group.old), named(group.new), group.change, String(group.count)].map(text =>
      markdownCell(withoutControls(text)),
    ),
  )
  const table =
    rows.length === 0
      ? same
      : markdownTable(['difference', 'rule', 'shadow rule', 'change', 'decisions'], rows)
  return `${table}\n\n${summary(report)}\n`
}

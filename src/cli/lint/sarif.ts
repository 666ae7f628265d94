/** SARIF 2.1.0, for code scanning. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Code, codes } from '../../insight/lint/codes.ts'
import type { Finding, Place, Related } from '../../insight/lint/finding.ts'
import { type Level, rankOf } from '../../insight/lint/level.ts'
import { version } from '../../lib/version.ts'
import { messageText, type Render } from './report.ts'

/** Code scanning takes no more of one run. */
export const mostResults = 5000

export const renderSarif: Render = ({ findings }) => {
  const worst = findings.toSorted((one, other) => rankOf(one.level) - rankOf(other.level))
  const shown = worst.slice(0, mostResults)
  const rules = [...new Set(shown.map(({ code }) => code))].sort()
  return `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'oarlock',
              version,
              rules: rules.map(toRule),
              ...(worst.length > mostResults ? { notifications: [cutNotification] } : {}),
            },
          },
          columnKind: 'utf16CodeUnits',
          invocations: [{ executionSuccessful: true, ...cutNote(worst.length) }],
          results: shown.map(finding => toResult(finding, rules)),
        },
      ],
    },
    undefined,
    2,
  )}\n`
}

const sarifLevels: Readonly<Record<Level, string>> = {
  error: 'error',
  warning: 'warning',
  advice: 'note',
}

const toRule = (code: Code) => ({
  id: code,
  shortDescription: { text: codes[code].title },
  help: { text: `${codes[code].title}. The page docs/lint/${code}.md explains it.` },
  defaultConfiguration: { level: sarifLevels[codes[code].level] },
})

const cutNotification = { id: 'results-cut', shortDescription: { text: 'Results were left out' } }

/** What was left out, the least of the findings. */
const cutNote = (count: number) =>
  count <= mostResults
    ? {}
    : {
        toolExecutionNotifications: [
          {
            descriptor: { id: cutNotification.id },
            level: 'warning',
            message: {
              text: `${count - mostResults} of ${count} results were left out: the worst ${mostResults} are here`,
            },
          },
        ],
      }

const toResult = (finding: Finding, rules: readonly Code[]) => ({
  ruleId: finding.code,
  ruleIndex: rules.indexOf(finding.code),
  level: sarifLevels[finding.level],
  message: { text: withWitness(finding) },
  locations: finding.place === null ? [] : [{ physicalLocation: toLocation(finding.place) }],
  partialFingerprints: { 'oarlock/v1': finding.fingerprint },
  ...(finding.related.length === 0
    ? {}
    : { relatedLocations: finding.related.map((related, id) => toRelated(related, id)) }),
})

const withWitness = (finding: Finding): string => {
  const { witness } = finding
  const text = messageText(finding)
  return witness === null ? text : `${text} (such as ${witness.method} ${witness.url})`
}

const toRelated = ({ rule, place, message }: Related, id: number) => ({
  id,
  message: { text: rule === null ? message : `rule ${JSON.stringify(rule)}: ${message}` },
  ...(place === null ? {} : { physicalLocation: toLocation(place) }),
})

const toLocation = ({ file, line, column }: Place) => ({
  artifactLocation: file.startsWith('..')
    ? { uri: pathToFileURL(resolve(file)).href }
    : { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
  region: { startLine: line, startColumn: column },
})

/** Log messages about key sets. */
import { textOf } from '../../lib/bytes.ts'
import type { Log } from '../../observability/log.ts'
import type { KeySetReport, KeySetUse } from '../../outbound/key-sets.ts'

export const logKeySet =
  (log: Log) =>
  (report: KeySetReport): void => {
    const sentence = textOf(sentenceOf(report))
    const fields = { location: textOf(report.location) }
    if (report.kind === 'recovered') log.info(sentence, fields)
    else log.warn(sentence, fields)
  }

function sentenceOf(report: KeySetReport): string {
  const kind = report.use === 'issuer' ? 'The document' : 'The key set'
  const set = `${kind} ${report.location}`
  switch (report.kind) {
    case 'skipped':
      return `${set} has a key that cannot be used, and its other keys are used: ${report.problem}`
    case 'recovered':
      return `${set} can be read again; it could not be since ${time(report.since)}`
    case 'failed':
      return `${set} cannot be read since ${time(report.since)}, and ${meanwhile(report)}: ${report.problem}`
  }
}

function meanwhile({ used, use }: Extract<KeySetReport, { kind: 'failed' }>): string {
  if (used) return `the one of ${time(used.fetched)} is used until ${time(used.until)}`
  return `there is no usable copy: ${without[use]}`
}

const without: Readonly<Record<KeySetUse, string>> = {
  sign: 'mutators that sign with it fail',
  verify: 'tokens signed by its keys are denied',
  issuer: 'tokens of its issuer are denied',
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString()

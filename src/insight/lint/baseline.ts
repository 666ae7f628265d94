/** Findings that were there before: a JSON report of `lint`. */
import { isJsonObject, tryJson } from '../../lib/json.ts'
import type { Finding } from './finding.ts'
import { readGivenText } from './places.ts'

/** How many findings of each fingerprint; a text: why the file cannot be used. */
export async function readBaseline(file: string): Promise<ReadonlyMap<string, number> | string> {
  const text = await readGivenText(file)
  if (text === undefined) return `${file}: cannot be read`
  const report = tryJson(text, JSON.parse)
  const findings = isJsonObject(report) ? report['findings'] : undefined
  if (!Array.isArray(findings)) return `${file}: found ${nameOf(text)}, expected {"findings": […]}`
  const counts = new Map<string, number>()
  for (const finding of findings) {
    const fingerprint = isJsonObject(finding) ? finding['fingerprint'] : undefined
    if (typeof fingerprint !== 'string') return `${file}: found a finding without fingerprint`
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1)
  }
  return counts
}

const nameOf = (text: string): string =>
  text.trim() === '' ? 'an empty file' : 'no report of lint'

/** The findings that are not in the baseline, or more often than there. */
export function newFindings(
  findings: readonly Finding[],
  baseline: ReadonlyMap<string, number>,
): readonly Finding[] {
  const left = new Map(baseline)
  return findings.filter(({ fingerprint }) => {
    const count = left.get(fingerprint) ?? 0
    left.set(fingerprint, count - 1)
    return count <= 0
  })
}

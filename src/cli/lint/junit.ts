/** JUnit's XML: each finding is a failed test. */
import type { Finding } from '../../insight/lint/finding.ts'
import { escapeXml } from '../xml.ts'
import { messageText, placeText, type Render } from './report.ts'

export const renderJunit: Render = ({ findings }) => {
  const count = findings.length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${Math.max(1, count)}" failures="${count}">`,
    `  <testsuite name="oarlock lint" tests="${Math.max(1, count)}" failures="${count}">`,
    ...(count === 0
      ? ['    <testcase name="no findings" classname="lint"/>']
      : findings.map(toCase)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function toCase(finding: Finding): string {
  const { code, level, place } = finding
  const file = place === null ? '' : ` file="${escapeXml(place.file)}" line="${place.line}"`
  const message = escapeXml(messageText(finding))
  return `    <testcase name="${escapeXml(placeText(finding))} ${code}" classname="${code}"${file}><failure type="${level}" message="${message}"/></testcase>`
}

/** JUnit's XML: each finding is a failed test. */
import type { Finding } from '../../insight/lint/finding.ts'
import { type JunitCase, junitReport } from '../junit.ts'
import { messageText, placeText, type Render } from './report.ts'

const clean: JunitCase = { name: 'no findings', classname: 'lint' }

export const renderJunit: Render = ({ findings }) =>
  junitReport([
    { name: 'oarlock lint', cases: findings.length === 0 ? [clean] : findings.map(toCase) },
  ])

function toCase(finding: Finding): JunitCase {
  const { code, level } = finding
  return {
    name: `${placeText(finding)} ${code}`,
    classname: code,
    outcome: { kind: 'failure', type: level, message: messageText(finding) },
  }
}

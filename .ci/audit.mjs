// Asks npm for known vulnerabilities of what a production installation has. 1: there are some. Where no report can be
// had (no network, a registry that has none) it says so and ends with 0, or with 1 where it is --required.
import { spawnSync } from 'node:child_process'

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})

function reportOf(text) {
  try {
    const report = JSON.parse(text)
    return typeof report.auditReportVersion === 'number' ? report : undefined
  } catch {
    return undefined
  }
}

const lineOf = ({ name, severity, range }) => `${severity}: ${name} ${range}\n`

const report = reportOf(stdout)
if (report === undefined) {
  process.stderr.write('no audit: npm gave no report\n')
  process.exitCode = process.argv.includes('--required') ? 1 : 0
} else {
  const found = Object.values(report.vulnerabilities)
  process.stdout.write(found.map(lineOf).join(''))
  process.stdout.write(`${found.length} packages with known vulnerabilities\n`)
  process.exitCode = found.length === 0 ? 0 : 1
}

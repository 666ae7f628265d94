import { writeFileSync } from 'node:fs'
import { newFindings, readBaseline } from '../../insight/lint/baseline.ts'
import type { Finding } from '../../insight/lint/finding.ts'
import type { Level } from '../../insight/lint/level.ts'
import { reaches } from '../../insight/lint/lint.ts'
import { environment } from '../../lib/environment.ts'
import { hasColours } from '../colours.ts'
import { counted } from '../counted.ts'
import { exitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { type Format, formats } from './formats.ts'
import { mostResults } from './sarif.ts'

export interface PrintOptions {
  readonly format?: Format
  /** The lowest level that ends with code 4. */
  readonly failLevel?: Level
  /** The same as `failLevel: advice`. */
  readonly strict?: boolean
  readonly baseline?: string
  readonly writeBaseline?: string
}

/** Prints what is not in the baseline; the code of the findings. */
export async function printFindings(
  all: readonly Finding[],
  options: PrintOptions,
  output: Output,
): Promise<number> {
  const { baseline: file, writeBaseline, format = 'pretty' } = options
  const findings = file === undefined ? all : await withoutBaseline(all, file, output)
  if (findings === undefined) return exitCode.failed
  if (writeBaseline !== undefined) return writeReport(all, writeBaseline, output)
  if (format === 'sarif' && findings.length > mostResults) {
    output.err(
      `${findings.length - mostResults} of ${findings.length} findings are not in the report: the worst ${mostResults} are\n`,
    )
  }
  output.out(formats[format]({ findings, hasColours: hasColours(environment()) }))
  const level = options.strict ? 'advice' : (options.failLevel ?? 'error')
  return reaches(findings, level) ? exitCode.findings : exitCode.fine
}

async function withoutBaseline(all: readonly Finding[], file: string, output: Output) {
  const baseline = await readBaseline(file)
  if (typeof baseline === 'string') {
    output.err(`error: ${baseline}\n`)
    return undefined
  }
  const findings = newFindings(all, baseline)
  const hidden = all.length - findings.length
  if (hidden > 0) output.err(`${counted(hidden, 'finding')} of the baseline ${file} not shown\n`)
  return findings
}

function writeReport(findings: readonly Finding[], file: string, output: Output): number {
  try {
    writeFileSync(file, formats.json({ findings, hasColours: false }))
  } catch (error) {
    output.err(`error: ${(error as Error).message}\n`)
    return exitCode.failed
  }
  output.err(`${file}: wrote ${counted(findings.length, 'finding')}\n`)
  return exitCode.fine
}

/** `--generate`: writes a new test file. */
import { access, writeFile } from 'node:fs/promises'
import { generateTests } from '../../insight/testing/generate/generate.ts'
import { testFileText } from '../../insight/testing/generate/test-file.ts'
import { environment } from '../../lib/environment.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { counted } from '../counted.ts'
import { exitCode } from '../exit-codes.ts'
import type { ConfigOption, Output } from '../output.ts'

export async function generate(
  file: string,
  { config = [] }: ConfigOption,
  output: Output,
): Promise<number> {
  const shown = withoutControls(file)
  const fail = (message: string, code: number): number => {
    output.err(`error: ${withoutControls(message)}\n`)
    return code
  }
  if (config.length === 0) return fail('--generate: expected a configuration (-c)', exitCode.usage)
  if (await exists(file)) return fail(`--generate: ${file} exists, expected none`, exitCode.usage)
  const tests = await generateTests(config, environment())
  if (tests.kind === 'problem') {
    for (const line of tests.lines) fail(line, exitCode.invalid)
    return tests.isUnreadable ? exitCode.failed : exitCode.invalid
  }
  try {
    await writeFile(file, testFileText(tests, { file, config }), { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return fail(`--generate: ${file} cannot be written (${code})`, exitCode.failed)
  }
  const rows = tests.rules.reduce((sum, one) => sum + one.rows.length, 0)
  output.out(`${shown}: ${counted(rows, 'test')} of ${counted(tests.rules.length, 'rule')}\n`)
  return exitCode.fine
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

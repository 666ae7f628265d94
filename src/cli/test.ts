/** `test`: runs files of requests with the answers that they must get. */
import { testFilesBeside } from '../insight/testing/files-beside.ts'
import type { TestOptions } from '../insight/testing/test-options.ts'
import { environment } from '../lib/environment.ts'
import { exitCode } from './exit-codes.ts'
import type { Output } from './output.ts'
import { generate } from './test/generate.ts'
import { runInJobs } from './test/jobs.ts'
import { type TestCommandOptions, wrongUse } from './test/options.ts'
import { printRun, wantedCoverage } from './test/print-run.ts'
import { watchTests } from './test/watch.ts'

/** 4: a test failed, or a change of the rules was not noticed; 5: the coverage is below `--min`. */
export async function test(
  named: readonly string[],
  options: TestCommandOptions,
  output: Output,
): Promise<number> {
  const wrong = wrongUse(options)
  if (wrong !== undefined) {
    output.err(`${wrong}\n`)
    return exitCode.usage
  }
  if (options.generate !== undefined) return generate(options.generate, options, output)
  const files = named.length > 0 ? named : await testFilesBeside(options.config ?? ['.'])
  if (files.length === 0) {
    output.err('found no test file, expected one named, or *.test.yaml beside the configuration\n')
    return exitCode.usage
  }
  if (!options.watch) return (await runAndPrint(files, options, output)).code
  return watchTests(files, async () => (await runAndPrint(files, options, output)).sources)
}

async function runAndPrint(
  files: readonly string[],
  options: TestCommandOptions,
  output: Output,
): Promise<{ readonly code: number; readonly sources: readonly string[] }> {
  const wanted: TestOptions = {
    config: options.config ?? [],
    env: environment(),
    filter: options.filter,
    coverage: wantedCoverage(options),
    mutate: options.mutate === true,
  }
  const run = await runInJobs(files, wanted, Number(options.jobs ?? 1))
  return { code: await printRun(run, options, output), sources: run.sources }
}

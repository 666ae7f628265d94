/** A process of `--jobs`: gets files, sends what running them gave, and ends. */
import { runTests } from '../../insight/testing/run-tests.ts'
import type { TestOptions } from '../../insight/testing/test-options.ts'
import { environment } from '../../lib/environment.ts'

export interface TestJob extends Pick<TestOptions, 'config' | 'filter' | 'coverage'> {
  readonly files: readonly string[]
}

export function runTestWorker(): void {
  process.once('message', async ({ files, ...options }: TestJob) => {
    const run = await runTests(files, { ...options, env: environment() })
    process.send?.(run, () => process.disconnect())
  })
}

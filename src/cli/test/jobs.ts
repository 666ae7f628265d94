/** `--jobs`: files are run by several processes, and reported as if one had run them. */
import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runTests } from '../../insight/testing/run-tests.ts'
import type { TestOptions } from '../../insight/testing/test-options.ts'
import { joinRuns, noRun, orderedAs, type TestRun } from '../../insight/testing/test-run.ts'
import { packageRoot } from '../../lib/package-root.ts'
import type { TestJob } from './worker.ts'

export async function runInJobs(
  files: readonly string[],
  options: TestOptions,
  jobs: number,
): Promise<TestRun> {
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')))
  // `only` of one file is for them all.
  const isAlone = jobs < 2 || files.length < 2 || texts.some(text => /\bonly\b/.test(text))
  if (isAlone) return runTests(files, options)
  const { config, filter, coverage } = options
  const sizes = texts.map(text => text.length)
  const runs = await Promise.all(
    shares(files, sizes, jobs).map(share => runShare({ files: share, config, filter, coverage })),
  )
  return orderedAs(files, runs.reduce(joinRuns, noRun))
}

/** The largest first, each to whoever has least. */
function shares(
  files: readonly string[],
  sizes: readonly number[],
  jobs: number,
): readonly (readonly string[])[] {
  const all = Array.from({ length: Math.min(jobs, files.length) }, () => ({
    size: 0,
    at: [] as number[],
  }))
  const order = files.map((_, i) => i).sort((one, other) => size(other) - size(one) || one - other)
  for (const i of order) {
    const least = all.reduce((one, other) => (other.size < one.size ? other : one))
    least.size += size(i) + 1
    least.at.push(i)
  }
  return all.map(({ at }) => at.sort((one, other) => one - other).map(i => files[i] ?? ''))

  function size(i: number): number {
    return sizes[i] ?? 0
  }
}

const program = fileURLToPath(new URL('dist/main.js', packageRoot))

/** A process that ends without an answer is a problem of its files. Never rejects. */
function runShare(job: TestJob): Promise<TestRun> {
  return new Promise(resolve => {
    const child = fork(program, ['test-worker'], { serialization: 'advanced', execArgv: [] })
    const failed = (why: string): void => {
      const problem = `${job.files.join(', ')}: the process that runs them ${why}`
      resolve({ ...noRun, unreadable: [problem] })
    }
    child.once('message', (run: TestRun) => resolve(run))
    child.once('error', ({ message }) => failed(`cannot be used: ${message}`))
    child.once('exit', code => failed(`ended with ${code}`))
    child.send(job)
  })
}

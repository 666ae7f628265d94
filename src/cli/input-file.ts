/** Standard input as a file, for commands whose files may be `-`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { readStandardInput } from '../insight/rule-sets/standard-input.ts'
import { exitCode } from './exit-codes.ts'
import type { Output } from './output.ts'

/** Gets the files with another name in place of `-`, and an output that names standard input. */
type Use = (files: readonly string[], output: Output) => Promise<number>

/** Only the owner can read the file, which is removed in the end. */
export async function withInputFile(
  files: readonly string[],
  output: Output,
  use: Use,
): Promise<number> {
  const inputs = files.filter(file => file === '-').length
  if (inputs === 0) return use(files, output)
  if (inputs > 1) {
    output.err('error: found - several times, expected it once\n')
    return exitCode.usage
  }
  const text = await readStandardInput()
  if (text === undefined) {
    output.err('error: standard input: found no text in UTF-8 of at most 16 MiB\n')
    return exitCode.failed
  }
  const folder = await mkdtemp(join(tmpdir(), 'oarlock-'))
  try {
    const path = join(folder, 'input.yaml')
    await writeFile(path, text, { mode: 0o600 })
    const named = (text: string): string =>
      [path, relative(process.cwd(), path)].reduce(
        (shown, name) => shown.replaceAll(name, 'standard input'),
        text,
      )
    return await use(
      files.map(file => (file === '-' ? path : file)),
      { out: text => output.out(named(text)), err: text => output.err(named(text)) },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

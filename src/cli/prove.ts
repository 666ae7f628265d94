/** `prove`: answers claims about the rules of a configuration. */
import { relative } from 'node:path'
import type { Claim } from '../insight/prove/claims.ts'
import type { Proof } from '../insight/prove/prove.ts'
import { type MistakenClaim, proveAll } from '../insight/prove/prove-all.ts'
import { type ClaimsFile, readClaimsFile } from '../insight/prove/read-claims-file.ts'
import { openRules } from '../insight/rule-sets/open.ts'
import { environment } from '../lib/environment.ts'
import { withoutControls } from '../lib/without-controls.ts'
import { hasColours } from './colours.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import { withInputFile } from './input-file.ts'
import type { ConfigOption, Output } from './output.ts'
import { printProblem } from './problem.ts'
import { type Format, formats } from './prove/formats.ts'

export interface ProveOptions extends ConfigOption {
  readonly claims: string
  readonly format: Format
}

/** The claims, too, may come from standard input. */
export const prove = (options: ProveOptions, output: Output): Promise<number> =>
  withInputFile([...(options.config ?? []), options.claims], output, (files, named) =>
    proveFiles(files, options.format, named),
  )

/** The last file has the claims. */
async function proveFiles(
  files: readonly string[],
  format: Format,
  output: Output,
): Promise<number> {
  const file = files.at(-1) ?? ''
  const read = await readClaimsFile(file)
  if (read.kind === 'problem') return printProblem(read, output)
  const opened = await openRules(files.slice(0, -1))
  if (opened.kind === 'problem') return printProblem(opened, output)
  try {
    const answered = await proveAll({ claims: read.claims, file }, opened)
    return answered.kind === 'mistakes'
      ? printMistakes(read, answered.mistakes, output)
      : printProofs({ read, proofs: answered.proofs, format }, output)
  } finally {
    await opened.close()
  }
}

function printMistakes(
  read: ClaimsFile,
  mistakes: readonly MistakenClaim[],
  output: Output,
): number {
  const codes = mistakes.map(({ claim, problem, message }) =>
    printProblem({ problem, lines: [`${placeOf(read, claim)}: ${message}`] }, output),
  )
  return worstOf(codes)
}

interface Proven {
  readonly read: ClaimsFile
  readonly proofs: readonly Proof[]
  readonly format: Format
}

function printProofs({ read, proofs, format }: Proven, output: Output): number {
  warnAboutNothing(read, proofs, output)
  const answers = proofs.map((proof, i) => ({ proof, place: locate(read, read.claims[i]) }))
  output.out(formats[format](answers, { hasColours: hasColours(environment()) }))
  return codeOf(proofs)
}

const codeOf = (proofs: readonly Proof[]): number =>
  worstOf(
    proofs.map(({ result }) => {
      if (result === 'refuted') return exitCode.findings
      return result === 'undecided' ? exitCode.undecided : exitCode.fine
    }),
  )

function locate(read: ClaimsFile, claim: Claim | undefined) {
  const { file, ...position } = read.locate(claim?.place ?? [])
  return { file: relative(process.cwd(), file) || file, ...position }
}

const placeOf = (read: ClaimsFile, claim: Claim): string => {
  const { file, line, column } = locate(read, claim)
  return [file, line, column].filter(part => part !== undefined).join(':')
}

/** A claim about requests that no rule is for is true, and probably misspelt. */
function warnAboutNothing(read: ClaimsFile, proofs: readonly Proof[], output: Output): void {
  for (const [i, { result, reason, claim }] of proofs.entries()) {
    const written = read.claims[i]
    if (result !== 'proven' || reason === null || written === undefined) continue
    output.err(`warning: ${withoutControls(`${placeOf(read, written)}: ${claim}: ${reason}`)}\n`)
  }
}

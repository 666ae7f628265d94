/** The exit codes of all commands; where several hold, the first of `ranking` is used. */
export const exitCode = {
  fine: 0,
  /** The command itself failed, such as a file that cannot be read. */
  failed: 1,
  /** A command or an option that does not exist or is used wrongly. */
  usage: 2,
  /** The configuration or a rule is not valid. */
  invalid: 3,
  /** A test failed, a claim was refuted, a mutant survived, or a finding is at or above `--fail-level`. */
  findings: 4,
  /** Coverage is below a threshold. */
  coverage: 5,
  /** Verdicts differ. */
  differs: 6,
  undecided: 7,
} as const

const { usage, invalid, failed, findings, coverage, differs, undecided } = exitCode

const ranking: readonly number[] = [usage, invalid, failed, findings, coverage, differs, undecided]

/** The code of a command in which several of them hold; 0: none. */
export const worstOf = (codes: readonly number[]): number =>
  ranking.find(code => codes.includes(code)) ?? exitCode.fine

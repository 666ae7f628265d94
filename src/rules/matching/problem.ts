/** Why a pattern cannot be used: the construct, its position in the source, and what to write instead. */
export interface PatternProblem {
  readonly kind: 'pattern_problem'
  readonly message: string
}

export const problem = (message: string): PatternProblem => ({ kind: 'pattern_problem', message })

export const isProblem = (value: object): value is PatternProblem =>
  'kind' in value && value.kind === 'pattern_problem'

/** The syntax of the expressions in patterns. */
export type Strategy = 'regexp' | 'glob'

/** How a pattern was written: a URL with expressions of that syntax, or hosts and paths. */
export type Syntax = Strategy | 'parts'

/** How much memory a decision may take: a test fails above `most`. */

/** Bytes per decision. */
export interface Ceiling {
  /** With Node 20. */
  readonly measured: number
  readonly most: number
  /** What to do above it. */
  readonly advice: string
}

/** Numbers of one version of Node differ by less than 2 %; other versions allocate a little more or less. */
const margin = 1.15

const allocated = (measured: number): Ceiling => ({
  measured,
  most: measured * margin,
  advice:
    'Find what the change allocates. If it is worth it, write the new number into test/bench/allocations/ceilings.ts, and say why in the commit.',
})

/** Bytes that are allocated. */
export const allocations = {
  'decide, anonymous, 10 rules': allocated(2920),
  'decide, anonymous, 10000 rules': allocated(2920),
  'decide, JWT seen before, 10 rules': allocated(3660),
  'gRPC in memory, anonymous, 10 rules': allocated(17500),
  'HTTP served, anonymous, 10 rules': allocated(15200),
} as const satisfies Readonly<Record<string, Ceiling>>

/**
 * Bytes that a minor collection leaves: requests in progress do not count, because each collection finds as many of
 * them. With a Map of responses it was the whole response (docs/decisions/0018-no-sets-of-requests.md).
 */
export const surviving: Ceiling = {
  measured: 0,
  most: 100,
  advice: 'Something keeps finished requests: see docs/decisions/0018-no-sets-of-requests.md.',
}

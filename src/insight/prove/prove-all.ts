/** Answers all claims of a file, in their order. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type OpenedRules, type OpenProblem, openRules } from '../rule-sets/open.ts'
import type { Claim, ComparingClaim, RegionClaim } from './claims.ts'
import { proveComparison } from './compare-claim.ts'
import { createProver, type Proof, problemOf, proveRegion } from './prove.ts'

/** Why a claim cannot be answered as written. */
export interface MistakenClaim {
  readonly claim: Claim
  readonly problem: OpenProblem['problem']
  readonly message: string
}

const isRegion = (claim: Claim): claim is RegionClaim =>
  claim.kind === 'never' || claim.kind === 'always'

export interface Claims {
  readonly claims: readonly Claim[]
  /** Where they stand: other rule sets are looked for beside it, then in the working folder. */
  readonly file: string
}

export type Answers =
  | { readonly kind: 'proofs'; readonly proofs: readonly Proof[] }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly MistakenClaim[] }

export async function proveAll({ claims, file }: Claims, opened: OpenedRules): Promise<Answers> {
  const mistakes = claims.filter(isRegion).flatMap(claim => mistakeIn(claim, opened))
  if (mistakes.length > 0) return { kind: 'mistakes', mistakes }
  const prover = createProver(opened)
  const proofs: Proof[] = []
  for (const claim of claims) {
    const proof = isRegion(claim)
      ? proveRegion(claim, prover)
      : await proveOther(claim, opened, file)
    if ('message' in proof) return { kind: 'mistakes', mistakes: [proof] }
    proofs.push(proof)
  }
  return { kind: 'proofs', proofs }
}

function mistakeIn(claim: RegionClaim, opened: OpenedRules): readonly MistakenClaim[] {
  const message = problemOf(claim, opened)
  return message === undefined ? [] : [{ claim, problem: 'invalid', message }]
}

async function proveOther(
  claim: ComparingClaim,
  own: OpenedRules,
  file: string,
): Promise<Proof | MistakenClaim> {
  const beside = resolve(dirname(file === '-' ? '.' : file), claim.other)
  const other = await openRules([existsSync(beside) ? beside : claim.other], own.config)
  if (other.kind === 'problem') {
    return { claim, problem: other.problem, message: other.lines.join('; ') }
  }
  try {
    return await proveComparison(claim, own, other)
  } finally {
    await other.close()
  }
}

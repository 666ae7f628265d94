/** Answers all claims of a file, in their order. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type OpenedRules, openRules } from '../rule-sets/open.ts'
import type { Claim, ComparingClaim, RegionClaim } from './claims.ts'
import { proveComparison } from './compare-claim.ts'
import { createProver, type Proof, problemOf, proveRegion } from './prove.ts'

/** Why a claim cannot be answered as written. */
export interface MistakenClaim {
  readonly kind: 'mistaken'
  readonly claim: Claim
  readonly message: string
}

const isRegion = (claim: Claim): claim is RegionClaim =>
  claim.kind === 'never' || claim.kind === 'always'

export const mistakesIn = (
  claims: readonly Claim[],
  opened: OpenedRules,
): readonly MistakenClaim[] =>
  claims.filter(isRegion).flatMap(claim => {
    const message = problemOf(claim, opened)
    return message === undefined ? [] : [{ kind: 'mistaken' as const, claim, message }]
  })

/** `file`: where the claims stand; other rule sets are looked for beside it, then in the working folder. */
export async function proveAll(
  claims: readonly Claim[],
  opened: OpenedRules,
  file: string,
): Promise<readonly Proof[]> {
  const prover = createProver(opened)
  const proofs: Proof[] = []
  for (const claim of claims) {
    proofs.push(
      isRegion(claim) ? proveRegion(claim, prover) : await proveOther(claim, opened, file),
    )
  }
  return proofs
}

async function proveOther(claim: ComparingClaim, own: OpenedRules, file: string): Promise<Proof> {
  const beside = resolve(dirname(file === '-' ? '.' : file), claim.other)
  const other = await openRules([existsSync(beside) ? beside : claim.other], own.config)
  if (other.kind === 'problem') {
    const reason = `${claim.other}: ${other.lines[0] ?? 'it cannot be read'}`
    return { claim: claim.name, result: 'undecided', reason, witness: null }
  }
  try {
    return await proveComparison(claim, own, other)
  } finally {
    await other.close()
  }
}

/** Claims that compare the rules with another set: `equal`, `implies`. */
import type { Diff } from '../diff/diff.ts'
import { diffRules } from '../diff/diff.ts'
import type { Group } from '../diff/group.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import type { ComparingClaim } from './claims.ts'
import type { Proof } from './prove.ts'

/** `implies`: whatever these rules let in, the others let in, too. */
export async function proveComparison(
  claim: ComparingClaim,
  own: OpenedRules,
  other: OpenedRules,
): Promise<Proof> {
  const diff = await diffRules(other, own)
  const isAgainst = claim.kind === 'equal' ? differs : allowsMore
  const refuting = diff.groups.find(isAgainst)
  if (refuting !== undefined) {
    const { change, kind, example } = refuting
    const reason = `${kind}: ${change} (${claim.other} → these rules)`
    return { claim: claim.name, result: 'refuted', reason, witness: example }
  }
  const doubt = doubtIn(diff, claim)
  return {
    claim: claim.name,
    result: doubt === undefined ? 'proven' : 'undecided',
    reason: doubt ?? null,
    witness: null,
  }
}

const differs = ({ kind }: Group): boolean => kind !== 'undecided'
const allowsMore = ({ kind }: Group): boolean => kind === 'newly-allowed'

function doubtIn({ groups, doubts }: Diff, { kind }: ComparingClaim): string | undefined {
  const open = groups.find(
    group => group.kind === 'undecided' && (kind === 'equal' || group.isStricter !== true),
  )
  if (open !== undefined) {
    const { method, url } = open.example
    return `${method} ${url}: ${open.change}`
  }
  const [doubt] = doubts
  if (doubt === undefined) return undefined
  const named = doubt.rules.map(rule => `"${rule}"`).join(', ')
  return named === '' ? doubt.reason : `rules ${named}: ${doubt.reason}`
}

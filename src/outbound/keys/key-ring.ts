import type { KeyRing, VerificationKey, Waiting } from './contract.ts'
import type { KeySet } from './key-set.ts'
import type { TokenMemory } from './token-memory.ts'

/** Combines several sets, in their order. */
export function createKeyRing(sets: readonly KeySet[], memory: TokenMemory): KeyRing {
  return {
    ...memory,
    find: (kid, waiting) => {
      const found = lookUp(sets, kid)
      if (found.length > 0) return found
      return fetchMissingIn(sets, kid, waiting) ?? found
    },
    isComplete: kid => sets.every(set => set.keys(kid) !== undefined),
    findMore: (kid, waiting) => {
      const missing = sets.filter(set => set.keys(kid) === undefined)
      return fetchMissingIn(missing, kid, waiting)
    },
  }
}

const lookUp = (sets: readonly KeySet[], kid: string): readonly VerificationKey[] =>
  sets.flatMap(set => set.keys(kid) ?? [])

/** Fetches all sets concurrently. undefined: there is nothing to wait for. */
function fetchMissingIn(
  sets: readonly KeySet[],
  kid: string,
  waiting: Waiting,
): Promise<readonly VerificationKey[]> | undefined {
  const work = sets.map(set => set.fetchMissing(kid, waiting)).filter(found => found !== undefined)
  return work.length === 0 ? undefined : Promise.all(work).then(() => lookUp(sets, kid))
}

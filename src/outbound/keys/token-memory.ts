import { LRUCache } from 'lru-cache'
import type { VerifiedToken } from './contract.ts'

/** Verified tokens of one ring. */
export interface TokenMemory {
  recall(token: string): VerifiedToken | undefined
  remember(token: string, verified: VerifiedToken): void
}

/** One memory for all rings, with separate entries for each. */
export interface TokenMemories {
  of(ring: string): TokenMemory
}

/** Memory of an entry in bytes, measured and rounded up: a fixed part, and a part per character of the token. */
const cost = { entry: 1024, perCharacter: 4 }

/** Holds at most about `bytes` bytes; removes the least recently used tokens first. */
export function createTokenMemories(bytes: number): TokenMemories {
  const tokens = new LRUCache<string, VerifiedToken>({
    max: Math.max(1, Math.floor(bytes / cost.entry)),
    maxSize: Math.max(1, bytes),
  })
  return {
    of: ring => ({
      recall: token => {
        const key = ring + token
        const known = tokens.get(key)
        if (known === undefined || known.key.live()) return known
        tokens.delete(key)
        return undefined
      },
      remember: (token, verified) => {
        tokens.set(ring + token, verified, {
          size: cost.entry + cost.perCharacter * token.length,
        })
      },
    }),
  }
}

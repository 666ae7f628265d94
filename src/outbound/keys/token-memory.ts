import { LRUCache } from 'lru-cache'
import type { VerifiedToken } from './contract.ts'

/** Verified tokens of one ring. */
export interface TokenMemory {
  recall(token: string): VerifiedToken | undefined
  remember(token: string, verified: VerifiedToken): void
}

/** Gives each ring its own part of one memory. */
export interface TokenMemories {
  of(ring: string): TokenMemory
}

/** What an entry costs beside the token's text, and how often that text is held again as claims, in bytes; measured, rounded up. */
const cost = { entry: 1024, perCharacter: 4 }

/** All together hold at most about `bytes` bytes; what was not used for longest goes first. */
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

import { LRUCache } from 'lru-cache'
import type { VerifiedToken } from './contract.ts'

/** Verified tokens of one ring. */
export interface TokenMemory {
  recall(token: string): VerifiedToken | undefined
  /** Keeps it from the second time on. */
  remember(token: string, verified: VerifiedToken): void
}

/** One memory for all rings, with separate entries for each. */
export interface TokenMemories {
  of(ring: string): TokenMemory
}

/** Memory of an entry in bytes, measured and rounded up: a fixed part, and a part per character of the token. */
const cost = { entry: 1024, perCharacter: 4 }

/** How many tokens are noted that came once; a power of two. */
const slots = 65_536

/**
 * Says whether a token came before. Many tokens come once: to keep each costs more than half of its verification,
 * because the collector moves it twice. A token in the place of another one counts as new.
 */
function createSeen(): (key: string) => boolean {
  const seen = new Uint32Array(slots)
  return key => {
    const hash = hashOfEnd(key)
    const slot = hash & (slots - 1)
    const isKnown = seen[slot] === hash
    seen[slot] = hash
    return isKnown
  }
}

/** Signatures differ everywhere, so their last characters are enough. */
const hashed = 16

function hashOfEnd(key: string): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, key.length - hashed); i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** Holds at most about `bytes` bytes; removes the least recently used tokens first. */
export function createTokenMemories(bytes: number): TokenMemories {
  const isSeen = createSeen()
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
        const key = ring + token
        if (!isSeen(key)) return
        tokens.set(key, verified, { size: cost.entry + cost.perCharacter * token.length })
      },
    }),
  }
}

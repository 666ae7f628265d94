/**
 * What unfinished requests of all connections may hold together: a number of them, bytes, and time. The oldest give
 * way, so that slow peers cannot keep others out.
 */

import { LinkedList, type Place } from '../lib/linked-list.ts'

export type GiveUpReason = 'too_many' | 'too_slow'

/** A request or a frame that waits for its peer. */
export interface Holder {
  /** Bytes that count as held; only `Bounds` changes it, and the two places. */
  held: number
  waiting?: Place<Holder> | undefined
  giving?: Place<Holder> | undefined
  /** The end of its time, on the clock of `performance.now`. */
  until: number
  /** Called when it has to end; it must remove itself. */
  readonly giveUp: (reason: GiveUpReason) => void
}

export interface BoundsOptions {
  /** Bytes that all may hold together. */
  readonly bytes: number
  /** Holders that may wait at once. */
  readonly holders: number
}

export interface Bounds {
  /** It waits for its peer now. */
  readonly add: (holder: Holder) => void
  /** It does not wait any more; its bytes stay. */
  readonly remove: (holder: Holder) => void
  /**
   * Counts further bytes. False: there are too many although the oldest gave way, and they were not counted. The holder
   * may be over when it returns, because the oldest was its connection.
   */
  readonly hold: (holder: Holder, bytes: number) => boolean
  /** All its bytes are free again. */
  readonly release: (holder: Holder) => void
  /** Ends holders whose time has passed. */
  readonly sweep: (now: number) => void
}

export function createBounds({ bytes: most, holders }: BoundsOptions): Bounds {
  const waiting = new LinkedList<Holder>()
  /** Those that wait and hold bytes, so that no others are looked at when bytes are needed. */
  const giving = new LinkedList<Holder>()
  let held = 0
  let isEnding = false
  const endOldest = (): void => {
    isEnding = true
    try {
      waiting.oldest()?.giveUp('too_many')
    } finally {
      isEnding = false
    }
  }
  const makeRoom = (holder: Holder, bytes: number): boolean => {
    for (const oldest of giving) {
      if (held + bytes <= most) break
      if (oldest !== holder) oldest.giveUp('too_many')
    }
    return held + bytes <= most
  }
  const give = (holder: Holder): void => {
    holder.giving ??= giving.add(holder)
  }
  const keep = (holder: Holder): void => {
    if (holder.giving) giving.remove(holder.giving)
    holder.giving = undefined
  }
  const remove = (holder: Holder): void => {
    if (holder.waiting) waiting.remove(holder.waiting)
    holder.waiting = undefined
    keep(holder)
  }
  return {
    add: holder => {
      holder.waiting ??= waiting.add(holder)
      if (holder.held > 0) give(holder)
      // What takes the place of one that ends does not end another.
      if (waiting.size > holders && !isEnding) endOldest()
    },
    remove,
    hold: (holder, bytes) => {
      if (held + bytes > most && !makeRoom(holder, bytes)) return false
      held += bytes
      holder.held += bytes
      if (holder.waiting) give(holder)
      return true
    },
    release: holder => {
      held -= holder.held
      holder.held = 0
      keep(holder)
    },
    sweep: now => {
      for (const holder of waiting) {
        if (holder.until > now) continue
        // Removed first: one that throws must not stop the others again in the next sweep.
        remove(holder)
        holder.giveUp('too_slow')
      }
    },
  }
}

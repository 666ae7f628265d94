import { LinkedList } from '../../lib/linked-list.ts'
import type { Signal } from '../../lib/signal.ts'
import { TurnoverMap } from '../../lib/turnover-map.ts'

/**
 * Limits concurrent calls per key to `concurrent`. At most `waiting` further ones wait, in their order; others are not
 * admitted.
 */
export interface CallQueue {
  /** True: admitted, call `leave` afterwards. False: too many wait already, or the signal aborted. */
  enter(key: string, signal: Signal): boolean | Promise<boolean>
  leave(key: string): void
}

export interface CallQueueLimits {
  readonly concurrent: number
  readonly waiting: number
}

interface OriginQueue {
  active: number
  readonly queue: LinkedList<() => void>
}

export function createCallQueue({ concurrent, waiting }: CallQueueLimits): CallQueue {
  const origins = new TurnoverMap<string, OriginQueue>()
  const queueOf = (key: string) => {
    const known = origins.get(key)
    if (known) return known
    const origin: OriginQueue = { active: 0, queue: new LinkedList() }
    origins.set(key, origin)
    return origin
  }
  return {
    enter: (key, signal) => {
      const origin = queueOf(key)
      if (origin.active < concurrent) {
        origin.active++
        return true
      }
      return origin.queue.size < waiting && !signal.aborted ? waitForTurn(origin, signal) : false
    },
    leave: key => {
      const origin = queueOf(key)
      const next = origin.queue.oldest()
      if (next) return next()
      origin.active--
      if (origin.active === 0) origins.delete(key)
    },
  }
}

/** A call that leaves admits the first waiting one, so `active` does not change. */
function waitForTurn({ queue }: OriginQueue, signal: Signal): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (admitted: boolean) => {
      queue.remove(place)
      signal.removeEventListener('abort', giveUp)
      resolve(admitted)
    }
    const admit = () => settle(true)
    const giveUp = () => settle(false)
    const place = queue.add(admit)
    signal.addEventListener('abort', giveUp)
  })
}

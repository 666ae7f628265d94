import type { Signal } from '../../lib/signal.ts'

/**
 * Lets at most `concurrent` callers per key through at once, and at most `waiting` wait for it, first come
 * first served. What waits costs memory only, what is refused costs nothing.
 */
export interface Gate {
  /** True: come in, and `leave` later. False: too many wait already, or the signal aborted. */
  enter(key: string, signal: Signal): boolean | Promise<boolean>
  leave(key: string): void
}

export interface GateLimits {
  readonly concurrent: number
  readonly waiting: number
}

interface Lane {
  active: number
  readonly queue: Set<() => void>
}

export function createGate({ concurrent, waiting }: GateLimits): Gate {
  const lanes = new Map<string, Lane>()
  const laneOf = (key: string) => {
    const known = lanes.get(key)
    if (known) return known
    const lane: Lane = { active: 0, queue: new Set() }
    lanes.set(key, lane)
    return lane
  }
  return {
    enter: (key, signal) => {
      const lane = laneOf(key)
      if (lane.active < concurrent) {
        lane.active++
        return true
      }
      return lane.queue.size < waiting && !signal.aborted ? inLine(lane, signal) : false
    },
    leave: key => {
      const lane = laneOf(key)
      const [next] = lane.queue
      if (next) return next()
      lane.active--
      if (lane.active === 0) lanes.delete(key)
    },
  }
}

/** The place of who leaves passes to the first in line, so `active` stays as it is. */
function inLine({ queue }: Lane, signal: Signal): Promise<boolean> {
  return new Promise(resolve => {
    const leaveLine = (admitted: boolean) => {
      queue.delete(admit)
      signal.removeEventListener('abort', giveUp)
      resolve(admitted)
    }
    const admit = () => leaveLine(true)
    const giveUp = () => leaveLine(false)
    queue.add(admit)
    signal.addEventListener('abort', giveUp)
  })
}

import type { ServerResponse } from 'node:http'

/** Counts what is under way at the doors that share it; more than the bound is refused at once. */
export interface Gate {
  /** False when the bound is reached; otherwise call `leave` once it has ended. */
  readonly enter: () => boolean
  readonly leave: () => void
}

export function createGate(most: number): Gate {
  let inside = 0
  return {
    enter: () => {
      if (inside >= most) return false
      inside += 1
      return true
    },
    leave: () => {
      inside -= 1
    },
  }
}

/**
 * Takes a place until the answer is out or its connection has ended, whichever comes first: a client that
 * has its answer and stays connected holds none. Returns what gives the place back before that; undefined
 * when there is no place.
 */
export function holdPlace(gate: Gate, response: ServerResponse): (() => void) | undefined {
  if (!gate.enter()) return undefined
  let isHeld = true
  const leave = (): void => {
    if (isHeld) gate.leave()
    isHeld = false
  }
  response.once('finish', leave)
  response.once('close', leave)
  return leave
}

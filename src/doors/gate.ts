import type { ServerResponse } from 'node:http'

/** Limits concurrent requests of the doors that share it; requests over the limit are denied immediately. */
export interface Gate {
  /** False when the limit is reached; otherwise call `leave` when the request has ended. */
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
 * Enters the gate until the answer is sent or the connection is closed. Returns a function that leaves it earlier;
 * undefined: the limit is reached.
 */
export function enterUntilAnswered(gate: Gate, response: ServerResponse): (() => void) | undefined {
  if (!gate.enter()) return undefined
  let isInside = true
  const leave = (): void => {
    if (isInside) gate.leave()
    isInside = false
  }
  response.once('finish', leave)
  response.once('close', leave)
  return leave
}

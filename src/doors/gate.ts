/** Counts the requests under way at the doors that share it; more than the bound are refused at once. */
export interface Gate {
  /** False when the bound is reached; otherwise call `leave` once the request has ended. */
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

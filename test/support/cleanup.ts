/** Something with an end at which things are put away: a test's context. */
export interface Cleanup {
  after(finish: () => void | Promise<void>): void
}

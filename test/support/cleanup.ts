/** A place to register functions that run at the end: the context of a test. */
export interface Cleanup {
  after(finish: () => void | Promise<void>): void
}

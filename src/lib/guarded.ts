/** Receives what a callback threw: a bug of ours, which must not end the process. Never throws itself. */
export type OnBug = (bug: unknown) => void

/**
 * The same callback, for an event of a socket, stream or timer: what it throws goes to `onBug`. An exception
 * that leaves such a callback would end the process, and every request of every client with it.
 */
export const guarded =
  <Args extends readonly unknown[]>(
    run: (...args: Args) => void,
    onBug: OnBug,
  ): ((...args: Args) => void) =>
  (...args) => {
    try {
      run(...args)
    } catch (bug) {
      onBug(bug)
    }
  }

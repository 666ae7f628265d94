/** Receives what a callback threw: a bug of ours, which must not end the process. */
export type OnBug = (bug: unknown) => void

let report: OnBug = () => undefined

/** Where bugs go that nobody else receives; one place for the whole process. */
export function reportBugsTo(sink: OnBug): void {
  report = sink
}

/** Says that a bug was met, for a receiver that does more about it. */
export const reportBug: OnBug = bug => report(bug)

/**
 * The same callback, for an event of a socket, stream or timer. What it throws goes to `onBug` (by default to
 * the log): an exception that leaves such a callback would end the process, and every request of every
 * client with it.
 */
export const guarded =
  <Args extends readonly unknown[]>(
    run: (...args: Args) => void,
    onBug: OnBug = reportBug,
  ): ((...args: Args) => void) =>
  (...args) => {
    try {
      run(...args)
    } catch (bug) {
      handle(bug, onBug)
    }
  }

/** Also what is done about a bug can fail. */
function handle(bug: unknown, onBug: OnBug): void {
  try {
    onBug(bug)
  } catch (second) {
    if (onBug !== reportBug) handle(second, reportBug)
  }
}

/** Receives what a callback threw: a bug of Oarlock, which must not end the process. */
export type OnBug = (bug: unknown) => void

let report: OnBug = () => undefined

/** Sets the receiver of bugs that have no other; one for the whole process. */
export function reportBugsTo(sink: OnBug): void {
  report = sink
}

/** Reports a bug, for a receiver that also does something else about it. */
export const reportBug: OnBug = bug => report(bug)

/**
 * Returns the same callback for an event of a socket, stream or timer. What it throws goes to `onBug` (by default
 * the log). An exception that leaves such a callback would end the process, and with it every request of every
 * client.
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

/** The handling of a bug can itself fail. */
function handle(bug: unknown, onBug: OnBug): void {
  try {
    onBug(bug)
  } catch (second) {
    if (onBug !== reportBug) handle(second, reportBug)
  }
}

/**
 * Runs one piece of work at a time. Requests that arrive during a run are merged into one next run, which begins
 * when the current one ends, even by an error. The returned promise is that of the run that includes the request.
 */
export function createQueue<Work>(
  run: (work: Work) => Promise<void>,
  merge: (earlier: Work, later: Work) => Work,
): (work: Work) => Promise<void> {
  let running: Promise<void> | undefined
  let next: { work: Work; readonly done: Promise<void> } | undefined
  const start = (work: Work): Promise<void> => {
    running = run(work).finally(() => {
      running = undefined
    })
    return running
  }
  const startNext = (): Promise<void> => {
    const { work } = next as { readonly work: Work }
    next = undefined
    return start(work)
  }
  return work => {
    if (next !== undefined) {
      next.work = merge(next.work, work)
      return next.done
    }
    if (running === undefined) return start(work)
    next = { work, done: running.catch(() => undefined).then(startNext) }
    return next.done
  }
}

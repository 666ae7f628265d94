/** The first SIGINT or SIGTERM; after it, these signals have their usual effect again and end the process at once. */
export const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    const stop = (signal: NodeJS.Signals): void => {
      process.removeListener('SIGINT', stop)
      process.removeListener('SIGTERM', stop)
      resolve(signal)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })

/** Runs it at each SIGHUP, which otherwise ends a process, until the returned function is called. */
export function onHangUp(run: () => void): () => void {
  process.on('SIGHUP', run)
  return () => process.removeListener('SIGHUP', run)
}

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

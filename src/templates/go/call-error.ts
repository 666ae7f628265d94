const callErrors = new WeakSet<Error>()

/** The error that a function or method throws for invalid arguments; Go returns it as a value. */
export function callError(message: string): Error {
  const error = new Error(message)
  callErrors.add(error)
  return error
}

export const isCallError = (error: unknown): error is Error =>
  error instanceof Error && callErrors.has(error)

/** A value, or a promise of it. Work that need not wait costs no promise. */
export type Awaitable<T> = T | PromiseLike<T>

export const isPending = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T>).then === 'function'

/** Continues with the value: at once, or when the promise is fulfilled. */
export const whenReady = <T, Next>(
  value: Awaitable<T>,
  next: (value: T) => Awaitable<Next>,
): Awaitable<Next> => (isPending(value) ? value.then(next) : next(value))

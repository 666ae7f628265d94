import type { Awaitable } from '../handlers/kind.ts'

export const isPending = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T>).then === 'function'

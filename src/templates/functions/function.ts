import type { Callable } from '../go/value.ts'

/**
 * A group of functions by name: one file per group, one line in `index.ts`.
 *
 * `fixed` and `variadic` (go/callable.ts) declare the parameter types: arguments are counted, checked and
 * converted before the call, with Go's messages. A function throws `callError` for invalid arguments, returns
 * `null` for nil, and returns values of Go's types: `int(1)`, `strings([])`.
 * A result above 1 MiB is refused after the call; a function with longer intermediate texts calls `checkSize`.
 */
export type FunctionGroup = Readonly<Record<string, Callable>>

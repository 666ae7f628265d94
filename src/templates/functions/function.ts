import type { Callable } from '../go/value.ts'

/**
 * A group of functions by name: one file per group, one line in `index.ts`.
 *
 * `fixed` and `variadic` (go/callable.ts) say the parameter types: arguments are counted, checked and
 * converted before the function sees them, with Go's messages. A function throws `callError` when its
 * arguments make no sense, gives `null` for nil, and keeps Go's types apart: `int(1)`, `strings([])`.
 * A text above 1 MiB is refused after the call; what makes longer ones on the way calls `checkSize`.
 */
export type FunctionGroup = Readonly<Record<string, Callable>>

import type { Callable } from '../go/value.ts'

/** A group of functions by name: one file per group. */
export type FunctionGroup = Readonly<Record<string, Callable>>

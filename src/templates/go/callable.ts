/** Functions and methods with Go's typed parameters. */
import type { Callable, Parameter, Parameters, Value } from './value.ts'

type Arguments<P extends readonly Parameter[]> = { [K in keyof P]: Parameters[P[K]] }

/** A function with exactly these parameters. */
export const fixed = <const P extends readonly Parameter[]>(
  parameters: P,
  apply: (...args: Arguments<P>) => Value,
): Callable => ({ parameters, apply: args => apply(...(args as Arguments<P>)) })

/** A function with these parameters and any number of further arguments of one type. */
export const variadic = <const P extends readonly Parameter[], R extends Parameter>(
  parameters: P,
  rest: R,
  apply: (...args: [...Arguments<P>, ...Parameters[R][]]) => Value,
): Callable => ({
  parameters,
  rest,
  apply: args => apply(...(args as [...Arguments<P>, ...Parameters[R][]])),
})

/** A method: like `fixed`, with the receiver first. */
export const method = <T, const P extends readonly Parameter[]>(
  parameters: P,
  apply: (receiver: T, ...args: Arguments<P>) => Value,
): Callable => ({
  parameters,
  apply: (args, receiver) => apply(receiver as T, ...(args as Arguments<P>)),
})

/** A method with any number of arguments of one type. */
export const variadicMethod = <T>(
  rest: Parameter,
  apply: (receiver: T, args: readonly unknown[]) => Value,
): Callable => ({
  parameters: [],
  rest,
  apply: (args, receiver) => apply(receiver as T, args),
})

/** A method that exists but cannot be called from a template. */
export const uncallable = (parameters: readonly Parameter[], refusal: string): Callable => ({
  parameters,
  refusal,
  apply: () => undefined,
})

/** A method that Go refuses to call from a template because it returns nothing. */
export const withoutResult = (name: string, parameters: readonly Parameter[]): Callable =>
  uncallable(parameters, `function ${name} has 0 return values; should be 1 or 2`)

/** The end of an exhaustive `switch`. The compiler reports a forgotten case, so this is never reached. */
export function never(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}

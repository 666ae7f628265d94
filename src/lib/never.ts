/** The end of an exhaustive `switch`: reached only when a case was forgotten, which the compiler sees first. */
export function never(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}

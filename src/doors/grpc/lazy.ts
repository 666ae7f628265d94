/** Adds a property that is computed when it is first read. */
export function defineLazily<Target extends object, Key extends string, Value>(
  target: Target,
  key: Key,
  compute: () => Value,
): Target & { readonly [name in Key]: Value } {
  let value: Value | undefined
  Object.defineProperty(target, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      value ??= compute()
      return value
    },
  })
  return target as Target & { readonly [name in Key]: Value }
}

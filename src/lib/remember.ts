/** Returns the same value for the same key, so that thousands of rules share it. At most so many are kept. */
export function createMemory<T>(most = 1000): (key: string, make: () => T) => T {
  const known = new Map<string, T>()
  return (key, make) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const made = make()
    if (known.size >= most) known.clear()
    known.set(key, made)
    return made
  }
}

/**
 * A Map for values that come and go with each request. An old table of a Map can stay in memory until the next full
 * garbage collection (see `LinkedList`); here it keeps keys only, because a deleted entry loses its value.
 */
export class TurnoverMap<Key extends string | number, Value> {
  private readonly entries = new Map<Key, { value: Value | undefined }>()

  get size(): number {
    return this.entries.size
  }

  get(key: Key): Value | undefined {
    return this.entries.get(key)?.value
  }

  set(key: Key, value: Value): void {
    const entry = this.entries.get(key)
    if (entry === undefined) this.entries.set(key, { value })
    else entry.value = value
  }

  delete(key: Key): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    entry.value = undefined
    this.entries.delete(key)
  }

  /** In the order of their keys' first `set`. Values that are added meanwhile follow; deleted ones are left out. */
  *values(): Generator<Value> {
    for (const { value } of this.entries.values()) if (value !== undefined) yield value
  }
}

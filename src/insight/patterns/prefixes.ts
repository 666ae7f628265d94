/** Items by a text, found by texts of which one begins with the other. */
export interface Prefixes<T> {
  readonly add: (text: string, item: T) => void
  /** Items whose text begins with this one, or with whose text this one begins; false: the visitor has stopped. */
  readonly visit: (text: string, visit: (item: T) => boolean) => boolean
}

export function createPrefixes<T>(): Prefixes<T> {
  const items = new Map<string, T[]>()
  let sorted: readonly string[] | undefined
  return {
    add: (text, item) => {
      const known = items.get(text)
      if (known === undefined) items.set(text, [item])
      else known.push(item)
      sorted = undefined
    },
    visit: (text, visit) => {
      if (items.size === 0) return true
      sorted ??= [...items.keys()].sort()
      const visitAll = (key: string): boolean => items.get(key)?.every(visit) ?? true
      for (let end = 0; end < text.length; end++) {
        if (!visitAll(text.slice(0, end))) return false
      }
      return longerThan(sorted, text).every(visitAll)
    },
  }
}

/** The texts that begin with this one, among sorted ones. */
function longerThan(sorted: readonly string[], text: string): readonly string[] {
  const from = firstAt(sorted, text)
  const beyond = firstAt(sorted, `${text}\uffff`)
  return sorted.slice(from, beyond)
}

function firstAt(sorted: readonly string[], text: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') < text) low = middle + 1
    else high = middle
  }
  return low
}

import type { HeaderPair, Headers } from '../model/headers.ts'

/** Headers over a flat list `[name, value, name, value, …]`, as Node's `rawHeaders` gives it; nothing is copied until asked. */
export function headersOf(flat: readonly string[]): Headers {
  return {
    get pairs() {
      return pairsOf(flat)
    },
    first: name => {
      for (let i = 0; i < flat.length; i += 2) if (isNamed(flat[i], name)) return flat[i + 1]
      return undefined
    },
    all: name => {
      const values: string[] = []
      for (let i = 0; i < flat.length; i += 2) {
        if (isNamed(flat[i], name)) values.push(flat[i + 1] ?? '')
      }
      return values
    },
  }
}

/** Compares without case; `name` is in lower case. */
const isNamed = (found: string | undefined, name: string): boolean =>
  found !== undefined &&
  found.length === name.length &&
  (found === name || found.toLowerCase() === name)

function pairsOf(flat: readonly string[]): readonly HeaderPair[] {
  const pairs: HeaderPair[] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return pairs
}

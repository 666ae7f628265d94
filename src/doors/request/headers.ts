import { canonicalHeaderName } from '../../lib/header-name.ts'
import { forEachHeader, headerPairs } from '../../lib/header-pairs.ts'
import type { HeaderMap, Headers } from '../../model/headers.ts'

interface Flat {
  readonly flat: readonly string[]
  named: HeaderMap | undefined
}

/**
 * A shared prototype: own accessors would cost a hidden class per request. Plain loops, because these run several
 * times per request.
 */
const methods: Headers & ThisType<Flat> = {
  get pairs() {
    return headerPairs(this.flat)
  },
  get canonical() {
    this.named ??= canonicalOf(this.flat)
    return this.named
  },
  first(name) {
    const { flat } = this
    for (let i = 0; i < flat.length; i += 2) if (isNamed(flat[i], name)) return flat[i + 1]
    return undefined
  },
  all(name) {
    const { flat } = this
    let values: string[] | undefined
    for (let i = 0; i < flat.length; i += 2) {
      if (!isNamed(flat[i], name)) continue
      values ??= []
      values.push(flat[i + 1] ?? '')
    }
    return values ?? none
  },
  namesWhere(isMeant) {
    return partsWhere(this.flat, isMeant, 0)
  },
  valuesWhere(isMeant) {
    return partsWhere(this.flat, isMeant, 1)
  },
}

/** The names (`offset` 0) or values (1) of the pairs whose name is meant. */
function partsWhere(
  flat: readonly string[],
  isMeant: (name: string) => boolean,
  offset: 0 | 1,
): readonly string[] {
  let parts: string[] | undefined
  for (let i = 0; i < flat.length; i += 2) {
    if (!isMeant(flat[i] ?? '')) continue
    parts ??= []
    parts.push(flat[i + offset] ?? '')
  }
  return parts ?? none
}

const none: readonly string[] = []

/** Headers over a flat list `[name, value, …]`, such as Node's `rawHeaders`. Copies nothing before it is needed. */
export function headersOf(flat: readonly string[]): Headers {
  const headers: Flat & { readonly __proto__: object } = {
    __proto__: methods,
    flat,
    named: undefined,
  }
  return headers as unknown as Headers
}

/** Ignores case; `name` is in lower case. */
const isNamed = (found: string | undefined, name: string): boolean =>
  found !== undefined &&
  found.length === name.length &&
  (found === name || found.toLowerCase() === name)

function canonicalOf(flat: readonly string[]): HeaderMap {
  const map = new Map<string, string[]>()
  forEachHeader(flat, (written, value) => {
    const name = canonicalHeaderName(written)
    const values = map.get(name)
    if (values) values.push(value)
    else map.set(name, [value])
  })
  return map
}

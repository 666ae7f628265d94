/** What may be printed of a request and of an answer: no credential. */
import { textOf } from '../lib/bytes.ts'
import { isSecretHeaderName } from '../lib/mask-secrets.ts'
import type { Redaction } from '../observability/redaction.ts'

const mask = '***'

type Pairs = readonly (readonly [name: string, value: string])[]

/** Names in lower case. Several values of a name are joined with a comma. */
export function shownHeaders(pairs: Pairs, redaction: Redaction): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const [written, value] of pairs) {
    const name = written.toLowerCase()
    const shown = isSecretHeaderName(name)
      ? mask
      : redaction.text(redaction.header(name, textOf(value)))
    const before = found.get(name)
    found.set(name, before === undefined ? shown : `${before}, ${shown}`)
  }
  return Object.fromEntries(found)
}

/** The target with `***` in place of the values of its query. */
export const shownTarget = (target: string): string =>
  textOf(target).replace(/\?.*$/s, query => query.replace(/=[^&]*/g, '=***'))

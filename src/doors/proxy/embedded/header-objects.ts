/** A flat list of headers as the objects that Node makes of it. */
import { forEachHeader } from '../../../lib/header-pairs.ts'

/** The values by lower-case name, as `headersDistinct`. */
export function distinct(flat: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  forEachHeader(flat, (written, value) => {
    const name = written.toLowerCase()
    const values = headers[name]
    if (values === undefined) headers[name] = [value]
    else values.push(value)
  })
  return headers
}

/** As `headers`: Cookie joined with semicolons, Set-Cookie a list, others joined with commas. */
export function joined(flat: readonly string[]): Record<string, string | string[]> {
  const entries = Object.entries(distinct(flat)).map(([name, values]) => {
    if (name === 'set-cookie') return [name, values] as const
    return [name, values.join(name === 'cookie' ? '; ' : ', ')] as const
  })
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

/**
 * A token among the subprotocols of a WebSocket handshake (`Sec-WebSocket-Protocol: bearer, <token>, chat`): browsers
 * cannot set another header there. Byte strings.
 */
import { isHeaderName, trimBlanks } from './header-name.ts'

/** The name is there, but not exactly one token behind it. */
export const malformed: unique symbol = Symbol('malformed')

/**
 * The entry behind `name`, which is compared with case; undefined when the name is not there. Malformed: nothing behind
 * the name, several lines, an entry that is empty, not a token of RFC 9110, or there twice (RFC 6455 forbids it).
 */
export function tokenBehind(
  lines: readonly string[],
  name: string,
): string | undefined | typeof malformed {
  const entries = entriesOf(lines)
  const at = entries.indexOf(name)
  if (at < 0) return undefined
  const isList = lines.length === 1 && entries.every(isHeaderName)
  const token = entries[at + 1]
  if (!isList || token === undefined || new Set(entries).size < entries.length) return malformed
  return token
}

/** The entries of all lines, without the names, what stands behind one, and copies of it. Empty: none is left. */
export function withoutTokens(lines: readonly string[], names: ReadonlySet<string>): string {
  const entries = entriesOf(lines).filter(entry => entry !== '')
  const dropped = new Set<string>()
  for (const [i, entry] of entries.entries()) {
    if (!names.has(entry)) continue
    dropped.add(entry)
    const token = entries[i + 1]
    if (token !== undefined) dropped.add(token)
  }
  return entries.filter(entry => !dropped.has(entry)).join(', ')
}

const entriesOf = (lines: readonly string[]): readonly string[] =>
  lines.flatMap(line => line.split(',')).map(trimBlanks)

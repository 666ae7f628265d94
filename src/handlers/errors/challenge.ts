/** Writes a challenge of WWW-Authenticate (RFC 9110 §11.6.1). */

/** A value that is missing or empty is left out. */
export type Parameter = readonly [name: string, value: string | undefined]

/** Each value is a quoted string. Throws an Error for a value that no header can contain. */
export function challenge(scheme: string, parameters: readonly Parameter[]): string {
  const written = parameters.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${quoted(name, value)}`],
  )
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what is refused
const controlByte = /[\0-\x1f\x7f]/

function quoted(name: string, value: string): string {
  if (controlByte.test(value))
    throw new Error(`${name}: found a control character, which a header cannot contain`)
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** Compares the output that a page shows with the output of the command. */

/** The first lines that differ; undefined if the output is as shown. */
export function differenceOf(expected: string, printed: string): string | undefined {
  const text = normalised(printed)
  return expressionFor(normalised(expected)).test(`${text}\n`)
    ? undefined
    : `expected\n${expected}\nprinted\n${text}`
}

const normalised = (text: string): string =>
  text
    .replaceAll('\r', '')
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .trim()

const anything = '…'

/** `…` alone on a line matches any lines, or none; within a line any text of this line. */
function expressionFor(expected: string): RegExp {
  const parts = expected
    .split('\n')
    .map(line => (line === anything ? '(?:.*\n)*' : `${quoted(line)}\n`))
  return new RegExp(`^${parts.join('')}$`)
}

const quoted = (line: string): string => line.split(anything).map(escaped).join('.*')

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

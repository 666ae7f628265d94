/** Checks that the named captures that a handler needs exist in the match of its rule. */
import { nearest } from '../../lib/schema/nearest.ts'
import type { Pattern } from '../matching/pattern.ts'

/** undefined: the match is not known, and nothing is reported. */
export type CaptureNames = ReadonlySet<string> | undefined

export const captureNamesOf = (patterns: readonly Pattern[]): ReadonlySet<string> =>
  patterns.every(({ names }) => names.length === 0)
    ? noNames
    : new Set(patterns.flatMap(({ names }) => names.filter(name => name !== undefined)))

const noNames: ReadonlySet<string> = new Set()

/** A problem for each name that no pattern of the rule captures. */
export function missingCaptures(
  needed: readonly string[],
  captures: CaptureNames,
): readonly string[] {
  if (captures === undefined) return []
  return needed
    .filter(name => !captures.has(name))
    .map(name => `found "match.named.${name}", expected ${expectedFor(name, captures)}`)
}

function expectedFor(name: string, captures: ReadonlySet<string>): string {
  if (captures.size === 0) return 'a capture of that name in the match of the rule, which has none'
  const meant = nearest(name, [...captures])
  return meant === undefined
    ? `a capture of the match: ${[...captures].sort().join(', ')}`
    : `"match.named.${meant}"`
}

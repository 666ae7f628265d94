/** Rules to be compared, from short texts. */
import type { PathSettings } from '../../src/doors/request/path-reader.ts'
import type { RulesToCompare } from '../../src/insight/patterns/rules.ts'
import { parseDocument } from '../../src/rules/loading/document.ts'
import type { Strategy } from '../../src/rules/matching/problem.ts'

export const usualPaths: PathSettings = {
  encoded_slash: 'decode',
  parameters: 'text',
  forwarded_uri: 'encoded',
}

export type MatchText = Readonly<Record<string, unknown>>

/** Rules with these matches, called `r0`, `r1`, …; a text is a URL pattern for GET. */
export const rulesOf = (
  matches: readonly (string | MatchText)[],
  strategy: Strategy = 'regexp',
): RulesToCompare => {
  const rules = matches.map((match, i) => ({
    id: `r${i}`,
    match: typeof match === 'string' ? { url: match, methods: ['GET'] } : match,
    authenticators: [{ handler: 'noop' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
  }))
  const document = parseDocument(JSON.stringify(rules))
  if (document.kind !== 'document') throw new Error(document.message)
  return { definitions: document.rules, strategy, paths: usualPaths }
}

import { methodsOfMatch } from '../../rules/compiling/compile-match.ts'
import type { RuleDefinition } from '../../rules/definition.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** The methods of a rule in upper case; undefined: any. */
export function methodsOf({ match }: RuleDefinition): readonly string[] | undefined {
  if (match === null || match.kind === 'invalid') return []
  return methodsOfMatch(match)?.map(method => method.toUpperCase())
}

/** One of the methods, for examples. */
export const methodOf = (definition: RuleDefinition): string => methodsOf(definition)?.[0] ?? 'GET'

/** The methods that change something; `any method` for a rule without methods. Every gRPC method is a POST. */
export const unsafeMethods = (definition: RuleDefinition): readonly string[] =>
  definition.match?.kind === 'rpc'
    ? []
    : (methodsOf(definition)?.filter(method => !safe.has(method)) ?? ['any method'])

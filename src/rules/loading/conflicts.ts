/** Finds rules that cannot both work: the same id, or the same pattern for the same method. */
import { textOf } from '../../lib/bytes.ts'
import type { RuleDefinition } from '../definition.ts'
import { splitPattern } from '../matching/split.ts'
import type { LocatedRule } from './repository.ts'

/** One line for each rule that repeats an earlier one. It names both rules and their places. */
export const conflictsOf = (rules: readonly LocatedRule[]): readonly string[] => [
  ...equalIds(rules),
  ...equalMatches(rules),
]

function equalIds(rules: readonly LocatedRule[]): readonly string[] {
  const first = new Map<string, LocatedRule>()
  return rules.flatMap(rule => {
    const { id } = rule.definition
    const earlier = first.get(id)
    if (earlier !== undefined && id !== '') {
      return [`the id "${textOf(id)}" is used twice: in ${earlier.place}, and in ${rule.place}`]
    }
    first.set(id, rule)
    return []
  })
}

function equalMatches(rules: readonly LocatedRule[]): readonly string[] {
  const first = new Map<string, LocatedRule>()
  return rules.flatMap(rule => {
    const shared = keysOf(rule.definition).map(key => ({ ...key, earlier: first.get(key.name) }))
    for (const { name, earlier } of shared) if (earlier === undefined) first.set(name, rule)
    const methods = shared.filter(({ earlier }) => earlier !== undefined && earlier !== rule)
    const earlier = methods[0]?.earlier
    if (earlier === undefined) return []
    const named = methods.map(({ method }) => method).join(', ')
    return [
      `rules ${shown(earlier)} and ${shown(rule)} match the same ${named} requests: each such request is denied with 500`,
    ]
  })
}

const shown = ({ definition: { id }, place }: LocatedRule): string => `"${textOf(id)}" (${place})`

interface Key {
  readonly name: string
  readonly method: string
}

/** One key per method, with the pattern as it is compared. */
function keysOf({ match }: RuleDefinition): readonly Key[] {
  if (match === null) return []
  if (match.kind === 'rpc') {
    const url = `rpc://${match.authority}/${match.fullMethod}`
    return (match.allowHttpGet ? ['POST', 'GET'] : ['POST']).map(method => keyOf(url, method))
  }
  const url = comparable(match.url)
  const methods = new Set((match.methods ?? []).map(method => textOf(method).toUpperCase()))
  return [...methods].map(method => keyOf(url, method))
}

const keyOf = (url: string, method: string): Key => ({ name: `${method} ${url}`, method })

/** The pattern with its host in lower case, as it is matched. */
function comparable(url: string): string {
  const pieces = splitPattern(textOf(url))
  return 'kind' in pieces ? url : JSON.stringify(pieces.map(({ text }) => text))
}

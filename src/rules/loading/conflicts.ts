/** Finds rules that cannot both work: the same id, or the same pattern for the same method. */
import { textOf } from '../../lib/bytes.ts'
import type { Match, RuleDefinition } from '../definition.ts'
import { lowerHost, splitPattern } from '../matching/split.ts'
import type { LocatedRule } from './repository.ts'

/** A rule that repeats an earlier one. The message names both rules and their places. */
export interface Conflict {
  readonly kind: 'same_id' | 'same_match'
  readonly earlier: LocatedRule
  readonly later: LocatedRule
  readonly message: string
}

export const conflictsOf = (rules: readonly LocatedRule[]): readonly Conflict[] => [
  ...equalIds(rules),
  ...equalMatches(rules),
]

function equalIds(rules: readonly LocatedRule[]): readonly Conflict[] {
  const first = new Map<string, LocatedRule>()
  return rules.flatMap(rule => {
    const { id } = rule.definition
    const earlier = first.get(id)
    if (earlier !== undefined && id !== '') {
      const message = `the id "${textOf(id)}" is used twice: in ${earlier.place}, and in ${rule.place}`
      return [{ kind: 'same_id', earlier, later: rule, message }]
    }
    first.set(id, rule)
    return []
  })
}

function equalMatches(rules: readonly LocatedRule[]): readonly Conflict[] {
  const first = new Map<string, LocatedRule>()
  return rules.flatMap(rule => {
    const shared = keysOf(rule.definition).map(key => ({ ...key, earlier: first.get(key.name) }))
    for (const { name, earlier } of shared) if (earlier === undefined) first.set(name, rule)
    const methods = shared.filter(({ earlier }) => earlier !== undefined && earlier !== rule)
    const earlier = methods[0]?.earlier
    if (earlier === undefined) return []
    const named = methods.map(({ method }) => method).join(', ')
    const message = `rules ${shown(earlier)} and ${shown(rule)} match the same ${named} requests: each such request is denied with 500`
    return [{ kind: 'same_match', earlier, later: rule, message }]
  })
}

const shown = ({ definition: { id }, place }: LocatedRule): string =>
  place === '' ? `"${textOf(id)}"` : `"${textOf(id)}" (${place})`

interface Key {
  readonly name: string
  readonly method: string
}

/** One key per method and pattern, with the pattern as it is compared; rules with different conditions have different keys. */
function keysOf({ match }: RuleDefinition): readonly Key[] {
  if (match === null || match.kind === 'invalid') return []
  const { headers, query, context, isDefault } = match
  const narrowing = JSON.stringify([headers, query, context, isDefault])
  const keys = urlsOf(match).flatMap(url =>
    methodsOf(match).map(method => ({ name: `${method} ${url} ${narrowing}`, method })),
  )
  return [...new Map(keys.map(key => [key.name, key])).values()]
}

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>

function methodsOf(match: ValidMatch): readonly string[] {
  if (match.kind === 'rpc') return match.allowHttpGet ? ['POST', 'GET'] : ['POST']
  if (match.kind === 'parts' && match.methods === null) return ['any']
  return (match.methods ?? []).map(method => textOf(method).toUpperCase())
}

function urlsOf(match: ValidMatch): readonly string[] {
  switch (match.kind) {
    case 'rpc':
      return [`rpc://${match.authority}/${match.fullMethod}`]
    case 'url':
      return [comparable(match.url)]
    case 'parts': {
      const { schemes, hosts, paths } = match
      return (hosts ?? ['']).flatMap(host =>
        (paths ?? ['']).map(path => JSON.stringify([schemes, host.toLowerCase(), path])),
      )
    }
  }
}

/** The pattern with its host in lower case, as it is matched. */
function comparable(url: string): string {
  const pieces = splitPattern(textOf(url))
  return 'kind' in pieces ? url : JSON.stringify(lowerHost(pieces).map(({ text }) => text))
}

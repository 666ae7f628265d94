/** What identifies a finding in a baseline: code, rule and pattern, or code and key. Lines may move. */
import { createHash } from 'node:crypto'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { Draft } from './draft.ts'

export function fingerprintOf({ code, rule, path }: Draft): string {
  const about = rule === undefined ? ['', path.join('.')] : [rule.id, patternOf(rule.definition)]
  return hashOf([code, ...about])
}

export const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

function patternOf({ match }: RuleDefinition): string {
  switch (match?.kind) {
    case 'url':
      return match.url
    case 'parts':
      return JSON.stringify([match.schemes, match.hosts, match.paths])
    case 'rpc':
      return `${match.authority}/${match.fullMethod}`
    default:
      return ''
  }
}

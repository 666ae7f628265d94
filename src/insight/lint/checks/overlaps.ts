/** `overlap`, `unreachable`, `never-matches`: the patterns compared as automata. */

import { hostWarnings } from '../../../rules/matching/hints.ts'
import { isProblem } from '../../../rules/matching/problem.ts'
import { splitPattern } from '../../../rules/matching/split.ts'
import { type OverlapFinding, overlapsOf } from '../../patterns/overlaps.ts'
import type { Draft } from '../draft.ts'
import type { Linted, LintedRule } from '../linted.ts'
import { methodsOf } from '../method.ts'
import { urlOf } from '../pattern-parts.ts'

export interface OverlapDrafts {
  readonly drafts: readonly Draft[]
  /** What was not looked at. */
  readonly notes: readonly string[]
}

export async function checkOverlaps({ loaded, rules }: Linted): Promise<OverlapDrafts> {
  const { access_rules: access, serve } = loaded.config
  const { findings, cut } = await overlapsOf({
    definitions: rules.map(({ definition }) => definition),
    strategy: access.matching_strategy,
    paths: serve.paths,
  })
  const covered = new Set(findings.filter(({ kind }) => kind === 'unreachable').map(pairOf))
  const isRepeated = (finding: OverlapFinding): boolean =>
    finding.kind === 'overlap' && covered.has(pairOf(finding))
  return {
    drafts: findings
      .filter(finding => !isRepeated(finding))
      .flatMap(finding => draftOf(finding, rules)),
    notes: cut === undefined ? [] : [`overlap: ${cut}`],
  }
}

/** The two rules, in their order. */
const pairOf = ({ rule, other = rule }: OverlapFinding): string =>
  `${Math.min(rule, other)} ${Math.max(rule, other)}`

function draftOf(finding: OverlapFinding, rules: readonly LintedRule[]): readonly Draft[] {
  const rule = rules[finding.rule]
  const other = finding.other === undefined ? undefined : rules[finding.other]
  if (rule === undefined || (finding.kind === 'never-matches' && isNamed(rule))) return []
  const path = ['match', memberOf(rule)]
  return [
    {
      code: finding.kind,
      message: messages[finding.kind](other?.id ?? ''),
      rule,
      path,
      witness: finding.witness,
      ...(other && {
        related: [{ rule: other, path: ['match', memberOf(other)], message: 'the other rule' }],
      }),
    },
  ]
}

const messages: Readonly<Record<OverlapFinding['kind'], (other: string) => string>> = {
  overlap: other =>
    `match: rule "${other}" matches some of the same requests, and each of them is denied: exactly one rule has to match`,
  unreachable: other =>
    `match: other rules, such as "${other}", match every request that this rule matches: it never decides, and such requests are denied`,
  'never-matches': () => 'match: no request has such a URL, method and conditions',
}

/** Another check names the reason. */
function isNamed({ definition }: LintedRule): boolean {
  if (methodsOf(definition)?.length === 0) return true
  const pieces = splitPattern(urlOf(definition) ?? '')
  return !isProblem(pieces) && hostWarnings(pieces, 'regexp').length > 0
}

const memberOf = ({ definition: { match } }: LintedRule): string =>
  match?.kind === 'rpc' ? 'full_method' : match?.kind === 'parts' ? 'paths' : 'url'

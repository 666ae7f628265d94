/** `pattern-as-text`, `other-strategy`, `never-matches` of capitals in hosts, and `repeated-group`. */
import { textOf } from '../../../lib/bytes.ts'
import { hostWarnings, regexpWarnings } from '../../../rules/matching/hints.ts'
import { isProblem, type Strategy } from '../../../rules/matching/problem.ts'
import { loopedGroups } from '../../../rules/matching/references.ts'
import { splitPattern } from '../../../rules/matching/split.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { nodeOf, patternParts, urlOf } from '../pattern-parts.ts'

export const checkLiterals: Check = ({ loaded, rules }) => {
  const strategy = loaded.config.access_rules.matching_strategy
  return rules.flatMap(rule => [...checkUpstream(rule), ...checkUrl(rule, strategy)])
}

/** Expressions only work in `match.url`; elsewhere the brackets are sent upstream as `%3C` and `%3E`. */
const checkUpstream = (rule: LintedRule): readonly Draft[] =>
  (
    [
      ['url', rule.definition.upstream.url],
      ['strip_path', rule.definition.upstream.stripPath],
    ] as const
  )
    .filter(([, text]) => /<[^>]*>/.test(text))
    .map(([key, text]) => ({
      code: 'pattern-as-text',
      message: `upstream.${key}: found ${JSON.stringify(textOf(text))}, which is used literally: expressions in <...> only work in match.url`,
      rule,
      path: ['upstream', key],
    }))

function checkUrl(rule: LintedRule, strategy: Strategy): readonly Draft[] {
  const url = urlOf(rule.definition)
  const pieces = url === undefined ? undefined : splitPattern(url)
  if (url === undefined || pieces === undefined || isProblem(pieces)) return []
  const found = (code: Draft['code'], texts: readonly string[]): readonly Draft[] =>
    texts.map(text => ({ code, message: `match.url: ${text}`, rule, path: ['match', 'url'] }))
  return [
    ...found('never-matches', hostWarnings(pieces, strategy)),
    ...found('other-strategy', strategy === 'glob' ? regexpWarnings(pieces) : globWarnings(url)),
    ...found('pattern-as-text', literalSigns(url)),
    ...found('repeated-group', strategy === 'glob' ? [] : loopWarnings(url)),
  ]
}

/** Valid in both languages, but with another meaning: `[!a]` and `{a,b}`. */
const globWarnings = (url: string): readonly string[] =>
  patternParts(url)
    .filter(
      ({ kind, text }) =>
        kind === 'expression' && /\[!|\{[^{},]*[^{},\d][^{}]*,|\{[^{}]*,[^{}]*[^{}\d,]/.test(text),
    )
    .map(
      ({ text }) =>
        `the expression <${text}> reads like a glob, but access_rules.matching_strategy is regexp: write (a|b) in place of {a,b}, and [^a] in place of [!a]`,
    )

/** Signs of expressions outside of `<...>`, where they are plain text that no URL has. */
const signs = /\*|\{[^{}]*\}|\\[dwsDWS.]|\(\?|\[[^\]]*-[^\]]*\]|\.\+|\([^()]*\|[^()]*\)/

const literalSigns = (url: string): readonly string[] =>
  patternParts(url).flatMap(({ kind, text }) => {
    const sign = kind === 'literal' ? signs.exec(text)?.[0] : undefined
    return sign === undefined
      ? []
      : [
          `found ${JSON.stringify(sign)} outside of <...>, where it is used literally: expressions stand in <...>`,
        ]
  })

const loopWarnings = (url: string): readonly string[] =>
  patternParts(url)
    .filter(part => part.kind === 'expression' && loopedGroups(nodeOf(part, 'regexp')).length > 0)
    .map(
      ({ text }) =>
        `a capture group of <${text}> is repeated, and an iteration may omit it or leave it empty: its value can differ from Oathkeeper's; write (?:...) around what is repeated`,
    )

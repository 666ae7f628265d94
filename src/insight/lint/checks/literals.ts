/** `pattern-as-text`, `other-strategy`, `never-matches` of capitals in hosts, and `repeated-group`. */
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import type { Narrowing } from '../../../rules/definition.ts'
import { hostWarnings, regexpWarnings } from '../../../rules/matching/hints.ts'
import { isProblem, type Strategy } from '../../../rules/matching/problem.ts'
import { loopedGroups } from '../../../rules/matching/references.ts'
import { splitPattern } from '../../../rules/matching/split.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { nodeOf, patternParts, urlOf } from '../pattern-parts.ts'

export const checkLiterals: Check = ({ loaded, rules }) => {
  const strategy = loaded.config.access_rules.matching_strategy
  return rules.flatMap(rule => [
    ...checkUpstream(rule),
    ...checkUrl(rule, strategy),
    ...checkPaths(rule),
    ...textsOf(rule).flatMap(text => checkText(rule, text)),
  ])
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

const checkPaths = (rule: LintedRule): readonly Draft[] => {
  const { match } = rule.definition
  const paths = match?.kind === 'parts' ? (match.paths ?? []) : []
  return paths.flatMap((path, i) => {
    const segment = path.split('/').find(isForeign)
    if (segment === undefined) return []
    const message = `match.paths.${i}: found ${JSON.stringify(textOf(segment))}, which is used literally: write {name} for one segment, and {name...} for the rest`
    return [{ code: 'pattern-as-text', message, rule, path: ['match', 'paths', i] }]
  })
}

/** The name of a segment in other routers, or an expression: `paths` have neither. */
const isForeign = (segment: string): boolean =>
  /^:\w/.test(segment) || expressionSigns.test(segment)

interface WrittenText {
  readonly text: string
  /** Within the rule. */
  readonly path: Draft['path']
}

/** Texts with `<...>`: values of conditions, and of claims. */
const textsOf = ({ definition: { match }, handlers }: LintedRule): readonly WrittenText[] => [
  ...(match === null || match.kind === 'invalid' ? [] : conditionsOf(match)),
  ...handlers.flatMap(({ config, path }) =>
    listOf(config['required_claims']).map((one, i) => ({
      text: isJsonObject(one) ? String(one['matches'] ?? '') : '',
      path: [...path, 'config', 'required_claims', i, 'matches'],
    })),
  ),
]

const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []

const conditionsOf = (match: Narrowing): readonly WrittenText[] =>
  (['headers', 'query', 'context'] as const).flatMap(key =>
    (match[key] ?? []).flatMap(([name, text]) =>
      text === null ? [] : [{ text, path: ['match', key, name] }],
    ),
  )

/** Not `*` alone, which values such as `text/*` have. */
const expressionSigns = /\.[*+]|\\[dwsDWS.]|\(\?|\[[^\]]*-[^\]]*\]|\([^()]*\|[^()]*\)|^\^|\$$/

function checkText(rule: LintedRule, { text, path }: WrittenText): readonly Draft[] {
  const plain = textOf(text).replace(/<[^>]*>/g, '')
  const [sign] = expressionSigns.exec(plain) ?? []
  const found = (code: Draft['code'], message: string): Draft => ({
    code,
    message: `${path.join('.')}: found ${message}`,
    rule,
    path,
  })
  if (plain.includes('{{') && path[0] === 'match')
    return [found('template-as-text', '"{{", which is used literally: conditions are no templates')]
  return sign === undefined
    ? []
    : [
        found(
          'pattern-as-text',
          `${JSON.stringify(sign)} outside of <...>, where it is used literally: expressions stand in <...>`,
        ),
      ]
}

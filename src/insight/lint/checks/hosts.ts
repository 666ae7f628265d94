/** `open-host`, `unanchored-host`, and `dot-crosses-slash` in hosts. */
import type { Strategy } from '../../../rules/matching/problem.ts'
import { accessOf } from '../access.ts'
import { endsWithDot, hasEndlessLetters, isAnyHost, leavesHost } from '../crossing.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { nodeOf, type Part, patternParts, urlOf } from '../pattern-parts.ts'

export const checkHosts: Check = ({ loaded, rules }) => {
  const strategy = loaded.config.access_rules.matching_strategy
  const patterns = rules.flatMap(rule => toPattern(rule))
  const namesHosts =
    patterns.some(({ host }) => host.some(({ kind }) => kind === 'literal')) ||
    rules.some(({ definition: { match } }) => match?.kind === 'parts' && match.hosts !== null)
  return [
    ...patterns
      .filter(({ rule }) => accessOf(rule.definition) !== 'nobody')
      .flatMap(pattern => checkHost(pattern, { strategy, namesHosts })),
    ...(namesHosts ? rules.filter(isForAnyHost).map(withoutHosts) : []),
  ]
}

/** `default-allows` is about default rules. */
const isForAnyHost = ({ definition }: LintedRule): boolean =>
  definition.match?.kind === 'parts' &&
  definition.match.hosts === null &&
  definition.match.isDefault !== true &&
  accessOf(definition) !== 'nobody'

const withoutHosts = (rule: LintedRule): Draft => ({
  code: 'open-host',
  message:
    'match.hosts: found none, so that the paths match on any host, and other rules name theirs: name the host',
  rule,
  path: ['match'],
})

interface HostPattern {
  readonly rule: LintedRule
  readonly url: string
  readonly host: readonly Part[]
  /** The pattern has no host part: it may be any text. */
  readonly isWhole: boolean
}

function toPattern(rule: LintedRule): readonly HostPattern[] {
  const url = urlOf(rule.definition)
  if (url === undefined) return []
  const parts = patternParts(url)
  const isWhole = parts.length === 1 && parts[0]?.region === 'unknown'
  const host = isWhole ? parts : parts.filter(({ region }) => region === 'host')
  return [{ rule, url, host, isWhole }]
}

interface Known {
  readonly strategy: Strategy
  /** Some rule names a host. */
  readonly namesHosts: boolean
}

function checkHost(pattern: HostPattern, known: Known): readonly Draft[] {
  const [only] = pattern.host
  const isAlone = pattern.host.length === 1 && only?.kind === 'expression'
  const found = isAlone ? checkAlone(only, pattern, known) : checkEnds(pattern.host, known)
  if (found === undefined) return []
  const [code, message] = found
  return [{ code, message: `match.url: ${message}`, rule: pattern.rule, path: ['match', 'url'] }]
}

/** The host is one expression. */
function checkAlone(only: Part, { rule, isWhole }: HostPattern, known: Known): Text | undefined {
  const node = nodeOf(only, known.strategy)
  const leaves = leavesHost(node)
  if (!isAnyHost(node)) return leaves && !isWhole ? crosses(only) : undefined
  if (leaves) return isDefault(rule) ? undefined : anyText(only)
  return known.namesHosts ? anyHost(only) : undefined
}

function checkEnds(host: readonly Part[], { strategy }: Known): Text | undefined {
  const loose = host.find((part, i) => isLoose(part, { strategy, host, i }))
  if (loose !== undefined) return unanchored(loose)
  const crossing = host
    .slice(0, -1)
    .find(part => part.kind === 'expression' && leavesHost(nodeOf(part, strategy)))
  return crossing && crosses(crossing)
}

/** `default-allows` is about those. */
const isDefault = ({ definition: { match } }: LintedRule): boolean =>
  match?.kind === 'url' && match.isDefault === true

interface Within {
  readonly strategy: Strategy
  readonly host: readonly Part[]
  readonly i: number
}

/** At an end of the host, with letters without end, and nothing that separates it from the literal text. */
function isLoose(part: Part, { strategy, host, i }: Within): boolean {
  if (part.kind === 'literal' || host.length === 1) return false
  const node = nodeOf(part, strategy)
  if (!hasEndlessLetters(node)) return false
  const [next, before] = [host[i + 1], host[i - 1]]
  if (i === 0) {
    return next?.kind === 'literal' && /^[A-Za-z0-9-]/.test(next.text) && !endsWithDot(node)
  }
  const isLast = i === host.length - 1
  return isLast && before?.kind === 'literal' && !/:$/.test(before.text) && !beginsWithSlash(part)
}

/** `<(/.*)?>` behind a host begins its path. */
const beginsWithSlash = ({ text }: Part): boolean => /^(?:\((?:\?:)?)?\/|^\[\/\]/.test(text)

type Text = readonly [code: Draft['code'], message: string]

const crosses = ({ text }: Part): Text => [
  'dot-crosses-slash',
  `<${text}> in the host also matches a slash, so that the host can end before it and the rest of the pattern can stand in the path: write [^/] in place of "."`,
]

const anyText = ({ text }: Part): Text => [
  'open-host',
  `<${text}> matches any host, and also a slash, so that the rest of the pattern can stand anywhere in the path: name the host, or write <[^/]+>`,
]

const anyHost = ({ text }: Part): Text => [
  'open-host',
  `<${text}> matches any host, and other rules name theirs: name the host`,
]

const unanchored = ({ text }: Part): Text => [
  'unanchored-host',
  `<${text}> continues the host without a border, so that hosts of other owners match: put a dot between them, and name the end of the host`,
]

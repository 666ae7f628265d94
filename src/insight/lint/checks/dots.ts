/** `dot-crosses-slash` in paths: an expression that reads like one segment and takes several. */
import { type Node, partsOf } from '../../../rules/matching/node.ts'
import { compilePattern, isProblem } from '../../../rules/matching/pattern.ts'
import { endlessDots } from '../crossing.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { methodOf } from '../method.ts'
import { nodeOf, type Part, patternParts, urlOf } from '../pattern-parts.ts'
import { sampleOf } from '../sample.ts'

export const checkDots: Check = ({ loaded, rules }) =>
  // In a glob two stars are written to cross slashes.
  loaded.config.access_rules.matching_strategy === 'glob' ? [] : rules.flatMap(checkRule)

function checkRule(rule: LintedRule): readonly Draft[] {
  const url = urlOf(rule.definition)
  if (url === undefined || !url.includes('.')) return []
  const parts = patternParts(url)
  const at = parts.findIndex((part, i) => isSegment(part, parts[i - 1], parts[i + 1]))
  const part = parts[at]
  if (part === undefined) return []
  return [
    {
      code: 'dot-crosses-slash',
      message: `match.url: <${part.text}> also matches text with slashes, such as a/b: write <[^/]+> for one segment${ending(part)}`,
      rule,
      path: ['match', 'url'],
      witness: witnessOf(rule, { url, parts, at }),
    },
  ]
}

const ending = ({ text }: Part): string =>
  text === '.+' ? ', or <.*> for everything below, which is the same here' : ''

/** Its path goes on with a slash, or it is named as one thing, or it is `.+` behind a slash. */
function isSegment(part: Part, before: Part | undefined, after: Part | undefined): boolean {
  if (part.kind === 'literal' || part.region !== 'path') return false
  const node = nodeOf(part, 'regexp')
  if (endlessDots(node).length === 0) return false
  const startsSegment = before?.kind === 'literal' && before.text.endsWith('/')
  if (after !== undefined) return after.kind === 'literal' && after.text.startsWith('/')
  if (goesOnWithSlash(node)) return true
  return startsSegment && (isOneNamed(node) || part.text === '.+')
}

/** `.*` and then a slash, both in one expression. */
const goesOnWithSlash = (node: Node): boolean =>
  (node.kind === 'sequence' &&
    node.items.some((item, i) => endlessDots(item).length > 0 && isSlashText(node.items[i + 1]))) ||
  (node.kind !== 'look' && partsOf(node).some(goesOnWithSlash))

const isSlashText = (node: Node | undefined): boolean =>
  node?.kind === 'text' && node.text.startsWith('/')

/** `(?<id>.+)`, which stands in the group that every expression is. */
function isOneNamed(node: Node): boolean {
  if (node.kind === 'sequence') {
    const [only] = node.items
    return node.items.length === 1 && only !== undefined && isOneNamed(only)
  }
  return node.kind === 'group' && (node.name !== undefined || isOneNamed(node.body))
}

interface Found {
  readonly url: string
  readonly parts: readonly Part[]
  readonly at: number
}

/** A URL with a slash in place of the expression; undefined unless the pattern matches it. */
function witnessOf(rule: LintedRule, { url, parts, at }: Found): Draft['witness'] {
  const texts = parts.map((part, i) => {
    if (i === at && part.kind === 'expression') return 'a/b'
    return part.kind === 'literal' ? part.text : sampleOf(nodeOf(part, 'regexp'))
  })
  if (texts.includes(undefined)) return undefined
  const from = parts.findIndex(({ region }) => region === 'host')
  const shown = `${texts.slice(0, from).join('')}://${texts.slice(from).join('')}`
  const pattern = compilePattern(url, 'regexp')
  if (from < 0 || isProblem(pattern) || pattern.test(shown) !== true) return undefined
  return { method: methodOf(rule.definition), url: shown }
}

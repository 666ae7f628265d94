/** A URL that a rule may match: the caller must ask the rule set whether it does. */
import { textOf } from '../../lib/bytes.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { Strategy } from '../../rules/matching/problem.ts'
import { nodeOf, patternParts, urlOf } from './pattern-parts.ts'
import { sampleOf } from './sample.ts'

export function sampleUrl(definition: RuleDefinition, strategy: Strategy): string | undefined {
  const known = samples.get(definition)
  if (known !== undefined) return known.url
  const url = makeUrl(definition, strategy)
  samples.set(definition, { url })
  return url
}

/** Of one run: the strategy is that of the configuration. */
const samples = new WeakMap<RuleDefinition, { readonly url: string | undefined }>()

function makeUrl(definition: RuleDefinition, strategy: Strategy): string | undefined {
  const { match } = definition
  if (match?.kind === 'parts') {
    const [scheme = 'https'] = match.schemes ?? []
    const [host = 'a.example'] = match.hosts ?? []
    const [path = '/'] = match.paths ?? []
    return `${scheme}://${plain(host)}${plain(path).replace(/\/+$/, '')}`
  }
  const url = urlOf(definition)
  const parts = url === undefined ? [] : patternParts(url)
  const from = parts.findIndex(({ region }) => region === 'host')
  if (from < 0) return undefined
  const texts = parts.map((part, i) => {
    if (part.kind === 'literal') return part.text
    // `/admin/<.*>` does not match `/admin/`, whose slash is removed before it is matched.
    const isTail = i === parts.length - 1 && parts[i - 1]?.text.endsWith('/')
    return sampleOf(nodeOf(part, strategy), isTail ? 1 : 0)
  })
  if (texts.includes(undefined)) return undefined
  return `${texts.slice(0, from).join('')}://${texts.slice(from).join('')}`.replace(/\/+$/, '')
}

/** `{name}` and `*` are one segment, `{name...}` may be empty. */
const plain = (text: string): string =>
  textOf(text)
    .replace(/\{[^}]*\.\.\.\}/g, '')
    .replace(/\*|\{[^}]*\}/g, 'a')

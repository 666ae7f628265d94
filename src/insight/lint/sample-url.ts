/** URLs that a rule may match: the caller must ask the rule set whether it does. */
import { textOf } from '../../lib/bytes.ts'
import type { PartsMatch, RuleDefinition } from '../../rules/definition.ts'
import type { Strategy } from '../../rules/matching/problem.ts'
import { nodeOf, patternParts, urlOf } from './pattern-parts.ts'
import { sampleOf } from './sample.ts'

export interface SampleUrl {
  readonly url: string
  readonly host: string
  readonly path: string
  /** The rule is for any host. */
  readonly isAnyHost: boolean
}

/** One for each scheme, host and path that the rule lists, as far as they are few. */
export function sampleUrls(definition: RuleDefinition, strategy: Strategy): readonly SampleUrl[] {
  const known = samples.get(definition) ?? makeUrls(definition, strategy)
  samples.set(definition, known)
  return known
}

/** Of one run: the strategy is that of the configuration. */
const samples = new WeakMap<RuleDefinition, readonly SampleUrl[]>()

function makeUrls(definition: RuleDefinition, strategy: Strategy): readonly SampleUrl[] {
  const { match } = definition
  if (match?.kind === 'parts') return ofParts(match)
  const url = ofPattern(definition, strategy)
  // The host of an expression for any host.
  return url === undefined ? [] : [sampleUrl(url, /^[a-z]+:\/\/[a0](?:\/|$)/.test(url))]
}

function sampleUrl(url: string, isAnyHost: boolean): SampleUrl {
  const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)(.*)$/.exec(url) ?? []
  return { url, host, path: path || '/', isAnyHost }
}

/** Of one rule. */
const most = 500

function ofParts({ schemes, hosts, paths }: PartsMatch): readonly SampleUrl[] {
  const isAnyHost = hosts === null
  const urls = (hosts ?? ['a.example']).flatMap(host =>
    (paths ?? ['/']).flatMap(path =>
      (schemes ?? ['https', 'http'])
        .map(scheme => `${scheme}://${plain(host)}${plain(path).replace(/\/+$/, '')}`)
        .map(url => sampleUrl(url, isAnyHost)),
    ),
  )
  return urls.slice(0, most)
}

function ofPattern(definition: RuleDefinition, strategy: Strategy): string | undefined {
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

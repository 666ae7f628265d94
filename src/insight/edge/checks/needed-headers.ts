/** The headers of a request that a rule reads, in lower case, as far as its texts name them. */
import { textOf } from '../../../lib/bytes.ts'
import type { LintedRule, UsedHandler } from '../../lint/linted.ts'

export function neededHeaders({ definition, handlers }: LintedRule): readonly string[] {
  const { match } = definition
  const conditions = match !== null && match.kind !== 'invalid' ? (match.headers ?? []) : []
  const texts = handlers.flatMap(({ config, reference }) => [
    JSON.stringify(config),
    reference.when ?? '',
  ])
  return [
    ...conditions.map(([name]) => name),
    ...handlers.flatMap(credentialHeaders),
    ...texts.flatMap(text => namedIn(textOf(text))),
  ].map(name => name.toLowerCase())
}

const credentialHeaders = (used: UsedHandler): readonly string[] => {
  const sources = used.kind.credentials?.(used.config) ?? []
  if (used.handler === 'cookie_session') return ['cookie']
  return sources.flatMap(({ in: place, name }) =>
    place === 'header' ? [name] : place === 'cookie' ? ['cookie'] : [],
  )
}

/** `.MatchContext.Header.Get "X-A"` and `request.headers["x-a"]`, also escaped in JSON. */
const reading = /Header\.Get\s+\\?"([\w-]+)\\?"|request\.headers\[\\?["']([\w-]+)\\?["']\]/g

const namedIn = (text: string): readonly string[] =>
  [...text.matchAll(reading)].flatMap(([, one, other]) => one ?? other ?? [])

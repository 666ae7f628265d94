/** `path-parameters`: an open rule takes `/admin;x`, which some servers serve as `/admin`. */
import { createRequest } from '../../../doors/request/access-request.ts'
import { headersOf } from '../../../doors/request/headers.ts'
import { bytesOf } from '../../../lib/bytes.ts'
import type { RuleDefinition } from '../../../rules/definition.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import type { RuleSet } from '../../../rules/rule-set.ts'
import { accessOf } from '../access.ts'
import type { Check, Draft } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { methodOf } from '../method.ts'
import { sampleUrls } from '../sample-url.ts'

export const checkParameters: Check = ({ loaded, read, rules }) => {
  const { access_rules: settings, serve } = loaded.config
  const hasOpen = rules.some(({ definition }) => accessOf(definition) === 'anyone')
  if (serve.paths.parameters !== 'text' || !hasOpen) return []
  const known = new Map(rules.map(rule => [rule.definition, rule]))
  const seen = new Set<LintedRule>()
  return rules.flatMap(rule => {
    const found = openedBy(rule, { set: read.rules, strategy: settings.matching_strategy })
    const open = found && known.get(found.definition)
    if (found === undefined || open === undefined || seen.has(open)) return []
    seen.add(open)
    return [toDraft(open, rule, found.url)]
  })
}

const toDraft = (open: LintedRule, closed: LintedRule, url: string): Draft => ({
  code: 'path-parameters',
  message: `match: lets in ${url}, which a server that cuts path parameters (Tomcat, Jetty) serves as a path of the rule "${closed.id}": set serve.paths.parameters to reject`,
  rule: open,
  path: ['match'],
  related: [{ rule: closed, path: ['match'], message: 'the rule that protects the path' }],
  witness: { method: methodOf(closed.definition), url },
})

interface Rules {
  readonly set: RuleSet
  readonly strategy: Strategy
}

/** The open rule that a path parameter leads to, and the URL. */
function openedBy({ definition }: LintedRule, { set, strategy }: Rules) {
  if (accessOf(definition) === 'anyone') return undefined
  const method = methodOf(definition)
  for (const { url } of sampleUrls(definition, strategy)) {
    const bent = find(set, method, url) === definition ? withParameters(url) : []
    for (const other of bent) {
      const found = find(set, method, other)
      if (found !== undefined && accessOf(found) === 'anyone')
        return { definition: found, url: other }
    }
  }
  return undefined
}

/** A parameter behind the path, and behind its first segment. */
function withParameters(url: string): readonly string[] {
  const [, origin, path = ''] = /^([a-z]+:\/\/[^/]*)(\/.+)$/.exec(url) ?? []
  return origin === undefined
    ? []
    : [`${origin}${path};a`, `${origin}${path.replace(/^(\/[^/]+)/, '$1;a')}`]
}

function find(set: RuleSet, method: string, url: string): RuleDefinition | undefined {
  const [, scheme = '', host = '', path = ''] = /^([a-z]+):\/\/([^/]*)(.*)$/.exec(url) ?? []
  const target = bytesOf(path)
  const request = createRequest(
    {
      door: 'decisions',
      method,
      scheme,
      host: bytesOf(host.toLowerCase()),
      path: target,
      query: '',
      raw: { target, host },
      headers: headersOf([]),
      client: {},
      body: undefined,
      context: new Map(),
      metadata: {},
    },
    { deadline: Number.POSITIVE_INFINITY, onHangUp: () => undefined },
  )
  const found = set.find(request)
  return found.kind === 'rule' ? found.definition : undefined
}

/** Compares what a caller does with what the rules need. */
import { parseDuration } from '../../lib/duration.ts'
import { accessOf } from '../lint/access.ts'
import { isCalling } from '../lint/checks/settings.ts'
import type { Draft } from '../lint/draft.ts'
import type { Place } from '../lint/finding.ts'
import type { Linted, LintedRule } from '../lint/linted.ts'
import { methodOf, methodsOf } from '../lint/method.ts'
import { sampleUrl } from '../lint/sample-url.ts'
import type { Caller, UncheckedRoute } from './caller.ts'
import { neededHeaders } from './needed-headers.ts'

export const judge = (caller: Caller, linted: Linted): readonly Draft[] => [
  ...judgeFaults(caller, linted),
  ...judgeRoutes(caller, linted),
  ...judgeCopies(caller, linted),
  ...judgeSent(caller, linted),
  ...judgeTime(caller, linted),
  ...judgeBody(caller, linted),
]

const draft = (code: Draft['code'], message: string, at: Place): Draft => ({
  code,
  message,
  place: at,
  // Of the file and of what is called by its name there; not of the line.
  path: ['edge', at.file, message.split(':')[0] ?? ''],
})

function judgeFaults(caller: Caller, { loaded }: Linted): readonly Draft[] {
  const { name, failOpen, unnormalized, disabled, retries, keepsSlashes } = caller
  const isOpen = loaded.config.serve.paths.encoded_slash === 'decode'
  return [
    ...failOpen.map(({ message, at }) => draft('fail-open', `${name}: ${message}`, at)),
    ...unnormalized.map(({ message, at }) => draft('not-normalized', `${name}: ${message}`, at)),
    ...disabled.map(({ message, at }) => draft('check-disabled', `${name}: ${message}`, at)),
    ...retries.map(({ message, at }) => draft('retries', `${name}: ${message}`, at)),
    ...(keepsSlashes === undefined || !isOpen
      ? []
      : [
          draft(
            'not-normalized',
            `${name}: %2F in a path reaches the upstream, and rules match it as a slash: refuse it in the proxy, or set serve.paths.encoded_slash`,
            keepsSlashes,
          ),
        ]),
  ]
}

function judgeRoutes(caller: Caller, linted: Linted): readonly Draft[] {
  return caller.unchecked.flatMap(route => [
    ...protectedBy(route, caller, linted),
    ...leftHeaders(route, caller, linted),
  ])
}

/** A rule that asks for something, and whose requests are not checked. */
function protectedBy(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  const strategy = linted.loaded.config.access_rules.matching_strategy
  for (const rule of linted.rules) {
    const url =
      accessOf(rule.definition) === 'anyone' ? undefined : sampleUrl(rule.definition, strategy)
    const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)(.*)$/.exec(url ?? '') ?? []
    if (url === undefined || !takesAny(route, host, path || '/')) continue
    const message = `${name}: ${route.shown} is not checked, and takes requests of the rule "${rule.id}"`
    return [
      {
        ...draft('check-disabled', message, route.at),
        related: [{ rule, path: ['match'], message: 'the rule that is not asked' }],
        witness: { method: methodOf(rule.definition), url },
      },
    ]
  }
  return []
}

/** The host of a rule for any host is one of the route. */
const takesAny = (route: UncheckedRoute, host: string, path: string): boolean =>
  route.takes(host, path) || (/^[a0]$/.test(host) && route.takes('*', path))

/** Where requests are not checked, nobody removes the names that rules set. */
function leftHeaders(route: UncheckedRoute, { name }: Caller, linted: Linted): readonly Draft[] {
  if (!route.sharesUpstream) return []
  const left = ownedNames(linted.rules).filter(owned => !route.removes(owned.toLowerCase()))
  if (left.length === 0) return []
  const message = `${name}: ${route.shown} is not checked, and passes ${left.join(', ')} as the client sent it, which rules set: remove it there`
  return [draft('check-disabled', message, route.at)]
}

/** Canonical names, of rules that let somebody in. */
function ownedNames(rules: readonly LintedRule[]): readonly string[] {
  const names = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(({ handlers }) => handlers.flatMap(({ kind, config }) => kind.owns?.(config) ?? []))
  return [...new Set(names)].sort()
}

function judgeCopies(caller: Caller, { rules }: Linted): readonly Draft[] {
  const { copies, copiesToClient, name } = caller
  const missing =
    copies === undefined ? [] : ownedNames(rules).filter(owned => !copies.test(owned.toLowerCase()))
  const answered = rules.flatMap(({ handlers }) =>
    handlers.flatMap(({ kind, config, handler }) =>
      handler === 'response_cookie' ? ['Set-Cookie'] : (kind.answers?.(config) ?? []),
    ),
  )
  const lost =
    copiesToClient === undefined
      ? []
      : [...new Set(answered)].filter(answer => !copiesToClient.test(answer.toLowerCase()))
  return [
    ...(copies === undefined || missing.length === 0
      ? []
      : [
          draft(
            'header-not-copied',
            `${name}: does not take ${missing.join(', ')} from Oarlock's answer, so the client's own reaches the upstream: add it to the list`,
            copies.at,
          ),
        ]),
    ...(copiesToClient === undefined || lost.length === 0
      ? []
      : [
          draft(
            'header-not-copied',
            `${name}: does not hand ${lost.join(', ')} of an allowed check to the client, which rules set`,
            copiesToClient.at,
          ),
        ]),
  ]
}

function judgeSent({ sends, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (sends === undefined) return []
  const needed = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(neededHeaders)
  const hidden = [...new Set(needed)].filter(header => !sends.test(header)).sort()
  if (hidden.length === 0) return []
  const message = `${name}: does not send ${hidden.join(', ')} to Oarlock, which rules read`
  return [draft('header-hidden', message, sends.at)]
}

function judgeTime({ timeout, protocol, name }: Caller, linted: Linted): readonly Draft[] {
  const { rules, loaded } = linted
  const slow = rules.find(rule => rule.handlers.some(isCalling))
  const longest = loaded.config.limits.decision.timeout
  if (timeout === undefined || slow === undefined || timeout.ms >= parseDuration(longest)) return []
  const waits = `${timeout.ms}ms${timeout.isDefault ? ', its default' : ''}`
  const message = `${name}: waits ${waits}, and a decision may take ${longest} (limits.decision.timeout), as the rule "${slow.id}" calls another service: wait longer, or shorten the limit`
  return [
    {
      ...draft('timeout-too-short', message, timeout.at),
      // Over gRPC Oarlock knows the deadline and answers before it.
      ...(protocol === 'grpc' ? { level: 'advice' as const } : {}),
    },
  ]
}

function judgeBody({ bodyBytes, bodyAt, at, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (bodyBytes === undefined) return []
  for (const rule of rules) {
    const needed = neededBytes(rule)
    if (needed === undefined || bodyBytes >= needed) continue
    const sent = bodyBytes === 0 ? 'sends no bodies' : `sends ${bodyBytes} bytes of bodies`
    const message = `${name}: ${sent}, and the rule "${rule.id}" reads them: such requests are denied`
    return [draft('body-not-sent', message, bodyAt ?? at)]
  }
  return []
}

/** undefined: the rule reads no body, or its requests have none. */
function neededBytes({ definition, handlers }: LintedRule): number | undefined {
  const hasBody =
    definition.match?.kind !== 'rpc' &&
    (methodsOf(definition)?.some(method => method !== 'GET' && method !== 'HEAD') ?? true)
  if (!hasBody) return undefined
  if (definition.body !== undefined) return 1
  return handlers.some(({ kind }) => kind.readsBody === true) ? 1 : undefined
}

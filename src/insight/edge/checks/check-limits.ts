/** How long the caller waits, and how much of a body it sends. */
import { parseDuration } from '../../../lib/duration.ts'
import { isCalling } from '../../lint/checks/settings.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted, LintedRule } from '../../lint/linted.ts'
import { methodsOf } from '../../lint/method.ts'
import type { Caller } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { takenUrl } from './taken-url.ts'

export function checkTime({ timeout, protocol, name }: Caller, linted: Linted): readonly Draft[] {
  const { rules, loaded } = linted
  const slow = rules.find(rule => rule.handlers.some(isCalling))
  const longest = loaded.config.limits.decision.timeout
  if (timeout === undefined || slow === undefined || timeout.ms >= parseDuration(longest)) return []
  const waits = `${timeout.ms}ms${timeout.isDefault ? ', its default' : ''}`
  const message = `${name}: waits ${waits}, and a decision may take ${longest} (limits.decision.timeout), as the rule "${slow.id}" calls another service: wait longer, or shorten the limit`
  return [
    {
      ...edgeDraft('timeout-too-short', message, timeout.at),
      // Over gRPC Oarlock knows the deadline and answers before it.
      ...(protocol === 'grpc' ? { level: 'advice' as const } : {}),
    },
  ]
}

export function checkBody(caller: Caller, { rules, loaded }: Linted): readonly Draft[] {
  const { bodyBytes, bodyAt, at, name, bodiless = [] } = caller
  const strategy = loaded.config.access_rules.matching_strategy
  for (const rule of rules.filter(readsBody)) {
    const denied = `and the rule "${rule.id}" reads them: such requests are denied`
    if (bodyBytes === 0) {
      return [edgeDraft('body-not-sent', `${name}: sends no bodies, ${denied}`, bodyAt ?? at)]
    }
    const short = shorterThan(rule, caller)
    if (short !== undefined) return [edgeDraft('body-not-sent', short, bodyAt ?? at)]
    const route = bodiless.find(one => takenUrl(one, rule.definition, strategy) !== undefined)
    if (route !== undefined) {
      const message = `${name}: ${route.shown} sends no bodies, ${denied}`
      return [edgeDraft('body-not-sent', message, route.at)]
    }
  }
  return []
}

/** The caller sends less of a body than the rule reads. */
function shorterThan({ id, definition }: LintedRule, caller: Caller): string | undefined {
  const { bodyBytes = Number.POSITIVE_INFINITY, name } = caller
  const most = definition.body?.maxBytes ?? 0
  return bodyBytes >= most
    ? undefined
    : `${name}: sends ${bodyBytes} bytes of a body at most, and the rule "${id}" reads ${most} (body.max_bytes): requests with a longer body are denied`
}

/** Its requests may have a body, and something reads it. */
function readsBody({ definition, handlers }: LintedRule): boolean {
  if (definition.match?.kind === 'rpc') return false
  const methods = methodsOf(definition) ?? ['POST']
  if (!methods.some(method => method !== 'GET' && method !== 'HEAD')) return false
  return definition.body !== undefined || handlers.some(({ kind }) => kind.readsBody === true)
}

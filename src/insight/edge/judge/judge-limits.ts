/** How long the caller waits, and how much of a body it sends. */
import { parseDuration } from '../../../lib/duration.ts'
import { isCalling } from '../../lint/checks/settings.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted, LintedRule } from '../../lint/linted.ts'
import { methodsOf } from '../../lint/method.ts'
import type { Caller } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'

export function judgeTime({ timeout, protocol, name }: Caller, linted: Linted): readonly Draft[] {
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

export function judgeBody(
  { bodyBytes, bodyAt, at, name }: Caller,
  { rules }: Linted,
): readonly Draft[] {
  if (bodyBytes === undefined) return []
  for (const rule of rules) {
    const needed = neededBytes(rule)
    if (needed === undefined || bodyBytes >= needed) continue
    const sent = bodyBytes === 0 ? 'sends no bodies' : `sends ${bodyBytes} bytes of bodies`
    const message = `${name}: ${sent}, and the rule "${rule.id}" reads them: such requests are denied`
    return [edgeDraft('body-not-sent', message, bodyAt ?? at)]
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

/** Headers that are not sent to Oarlock, and those that are not taken from its answer. */
import { accessOf } from '../../lint/access.ts'
import { removedBy } from '../../lint/checks/headers.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted, LintedRule } from '../../lint/linted.ts'
import type { Caller } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { neededHeaders } from './needed-headers.ts'
import { ownedNames } from './owned-names.ts'

export const checkCopies = (caller: Caller, linted: Linted): readonly Draft[] => [
  ...checkUpstream(caller, linted),
  ...checkChanges(caller, linted),
  ...checkClient(caller, linted),
]

function checkUpstream(caller: Caller, { rules }: Linted): readonly Draft[] {
  const { copies, removesOnlyListed, name } = caller
  if (copies === undefined) return []
  const isMissing = (header: string): boolean => !copies.test(header.toLowerCase())
  const missing = ownedNames(rules).filter(isMissing)
  const removed = removesOnlyListed
    ? removedNames(rules).filter(header => !header.includes('*') && isMissing(header))
    : []
  const found = (message: string): Draft =>
    edgeDraft('header-not-copied', `${name}: ${message}`, copies.at)
  return [
    ...(missing.length === 0
      ? []
      : [
          found(
            `does not take ${missing.join(', ')} from Oarlock's answer, so the client's own reaches the upstream: add it to the list`,
          ),
        ]),
    ...(removed.length === 0
      ? []
      : [found(`passes ${removed.join(', ')} on, which rules remove: add it to the list`)]),
  ]
}

/** Names that a setting of the caller protects from Oarlock. */
function checkChanges({ refuses, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (refuses === undefined) return []
  const changed = [...ownedNames(rules), ...removedNames(rules)]
  const refused = changed.filter(one => refuses.test(one.toLowerCase().replace('*', '')))
  if (refused.length === 0) return []
  const outcome = refuses.isDenied
    ? 'and such requests are denied with 500'
    : "so the client's own reaches the upstream"
  const message = `${name}: ${refuses.key} keeps Oarlock from changing ${refused.join(', ')}, which rules set or remove, ${outcome}: allow these names`
  return [edgeDraft('header-not-copied', message, refuses.at)]
}

/** Names that rules remove and do not set; those with `*` are beginnings of names. */
function removedNames(rules: readonly LintedRule[]): readonly string[] {
  const owned = new Set(ownedNames(rules))
  const removed = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(({ handlers }) => handlers.flatMap(removedBy))
  return [...new Set(removed)].filter(one => !owned.has(one)).sort()
}

function checkClient({ copiesToClient, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (copiesToClient === undefined) return []
  const answered = rules.flatMap(({ handlers }) =>
    handlers.flatMap(({ kind, config, handler }) =>
      handler === 'response_cookie' ? ['Set-Cookie'] : (kind.answers?.(config) ?? []),
    ),
  )
  const lost = [...new Set(answered)].filter(one => !copiesToClient.test(one.toLowerCase()))
  if (lost.length === 0) return []
  const message = `${name}: does not hand ${lost.join(', ')} of an allowed check to the client, which rules set`
  return [edgeDraft('header-not-copied', message, copiesToClient.at)]
}

export function checkSent({ sends, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (sends === undefined) return []
  const needed = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(neededHeaders)
  const hidden = [...new Set(needed)].filter(header => !sends.test(header)).sort()
  if (hidden.length === 0) return []
  const message = `${name}: does not send ${hidden.join(', ')} to Oarlock, which rules read`
  return [edgeDraft('header-hidden', message, sends.at)]
}

/** A value with commas is not one of the values that a condition names. */
export function checkJoined({ joins, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (joins === undefined) return []
  const [found] = rules.flatMap(rule => conditionsOf(rule).map(header => ({ rule, header })))
  if (found === undefined) return []
  const { rule, header } = found
  const message = `${name}: joins headers that come several times with commas, and the rule "${rule.id}" compares each value of ${header}: set encode_raw_headers: true`
  return [edgeDraft('header-hidden', message, joins)]
}

/** Names whose values are compared. */
function conditionsOf({ definition: { match } }: LintedRule): readonly string[] {
  const conditions = match === null || match.kind === 'invalid' ? [] : (match.headers ?? [])
  return conditions.filter(([, value]) => value !== null).map(([header]) => header)
}

/** Headers that are not sent to Oarlock, and those that are not taken from its answer. */
import { accessOf } from '../../lint/access.ts'
import type { Draft } from '../../lint/draft.ts'
import type { Linted } from '../../lint/linted.ts'
import type { Caller } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { neededHeaders } from './needed-headers.ts'
import { ownedNames } from './owned-names.ts'

export function judgeCopies(caller: Caller, { rules }: Linted): readonly Draft[] {
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
          edgeDraft(
            'header-not-copied',
            `${name}: does not take ${missing.join(', ')} from Oarlock's answer, so the client's own reaches the upstream: add it to the list`,
            copies.at,
          ),
        ]),
    ...(copiesToClient === undefined || lost.length === 0
      ? []
      : [
          edgeDraft(
            'header-not-copied',
            `${name}: does not hand ${lost.join(', ')} of an allowed check to the client, which rules set`,
            copiesToClient.at,
          ),
        ]),
  ]
}

export function judgeSent({ sends, name }: Caller, { rules }: Linted): readonly Draft[] {
  if (sends === undefined) return []
  const needed = rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(neededHeaders)
  const hidden = [...new Set(needed)].filter(header => !sends.test(header)).sort()
  if (hidden.length === 0) return []
  const message = `${name}: does not send ${hidden.join(', ')} to Oarlock, which rules read`
  return [edgeDraft('header-hidden', message, sends.at)]
}

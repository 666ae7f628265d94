/** Compares what a caller does with what the rules need. */
import type { Draft } from '../../lint/draft.ts'
import type { Linted } from '../../lint/linted.ts'
import type { Caller } from '../caller.ts'
import { edgeDraft } from './edge-draft.ts'
import { judgeCopies, judgeSent } from './judge-headers.ts'
import { judgeBody, judgeTime } from './judge-limits.ts'
import { judgeRoutes } from './judge-routes.ts'

export const judge = (caller: Caller, linted: Linted): readonly Draft[] => [
  ...judgeFaults(caller, linted),
  ...judgeRoutes(caller, linted),
  ...judgeCopies(caller, linted),
  ...judgeSent(caller, linted),
  ...judgeTime(caller, linted),
  ...judgeBody(caller, linted),
]

function judgeFaults(caller: Caller, { loaded }: Linted): readonly Draft[] {
  const { name, failOpen, unnormalized, disabled, retries, keepsSlashes } = caller
  const isOpen = loaded.config.serve.paths.encoded_slash === 'decode'
  return [
    ...failOpen.map(({ message, at }) => edgeDraft('fail-open', `${name}: ${message}`, at)),
    ...unnormalized.map(({ message, at }) =>
      edgeDraft('not-normalized', `${name}: ${message}`, at),
    ),
    ...disabled.map(({ message, at }) => edgeDraft('check-disabled', `${name}: ${message}`, at)),
    ...retries.map(({ message, at }) => edgeDraft('retries', `${name}: ${message}`, at)),
    ...(keepsSlashes === undefined || !isOpen
      ? []
      : [
          edgeDraft(
            'not-normalized',
            `${name}: %2F in a path reaches the upstream, and rules match it as a slash: refuse it in the proxy, or set serve.paths.encoded_slash`,
            keepsSlashes,
          ),
        ]),
  ]
}

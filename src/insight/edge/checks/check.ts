/** Compares what a caller does with what the rules need. */
import type { Draft } from '../../lint/draft.ts'
import type { Linted } from '../../lint/linted.ts'
import type { Caller } from '../caller.ts'
import { checkCopies, checkJoined, checkSent } from './check-headers.ts'
import { checkBody, checkTime } from './check-limits.ts'
import { checkRoutes } from './check-routes.ts'
import { edgeDraft } from './edge-draft.ts'

export const check = (caller: Caller, linted: Linted): readonly Draft[] => [
  ...checkFaults(caller, linted),
  ...checkRoutes(caller, linted),
  ...(caller.sendsNothing ? [] : checkSending(caller, linted)),
]

/** How checks are sent, and what is done with their answers. */
const checkSending = (caller: Caller, linted: Linted): readonly Draft[] => [
  ...checkCopies(caller, linted),
  ...checkSent(caller, linted),
  ...checkJoined(caller, linted),
  ...checkTime(caller, linted),
  ...checkBody(caller, linted),
]

function checkFaults(caller: Caller, { loaded }: Linted): readonly Draft[] {
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

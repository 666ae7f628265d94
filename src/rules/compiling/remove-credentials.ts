/** `remove_credential`: what an authenticator reads does not reach the upstream, whichever authenticator has accepted. */

import { headersWithoutCookies } from '../../handlers/upstream-cookies.ts'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { type CredentialSource, withSession } from '../../model/session.ts'
import type { HandlerStep } from '../rule.ts'

export interface Removal {
  /** Canonical names of headers that are removed unless the rule sets them. */
  readonly owns: readonly string[]
  /** Query parameters that are removed. */
  readonly query: readonly string[]
  /** Runs after all mutators; undefined: no cookie is removed. */
  readonly step: HandlerStep | undefined
}

export function compileRemoval(credentials: readonly CredentialSource[]): Removal {
  const namesIn = (place: CredentialSource['in']): readonly string[] => [
    ...new Set(credentials.filter(one => one.in === place).map(({ name }) => name)),
  ]
  const cookies = new Set(namesIn('cookie'))
  return {
    owns: [...namesIn('header').map(canonicalHeaderName), ...(cookies.size > 0 ? ['Cookie'] : [])],
    query: namesIn('query'),
    step:
      cookies.size === 0
        ? undefined
        : {
            stage: 'mutator',
            handler: 'remove_credential',
            run: (session, request) =>
              withSession(session, {
                headers: headersWithoutCookies(session, request, name => cookies.has(name)),
              }),
          },
  }
}

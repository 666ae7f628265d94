/** `remove_credential`: what an authenticator reads does not reach the upstream, whichever authenticator has accepted. */

import { withoutCookies } from '../../lib/cookies.ts'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type CredentialSource, type Session, withSession } from '../../model/session.ts'
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
            run: (session, request) => withoutCredentialCookies(session, request, cookies),
          },
  }
}

/** The other cookies stay as they are. Without others the header is not set, and the client's own is removed. */
function withoutCredentialCookies(
  session: Session,
  { headers }: AccessRequest,
  names: ReadonlySet<string>,
): Session {
  const own = session.headers?.get('Cookie')
  const isSet = own !== undefined && own !== session.echoed?.get('Cookie')
  const lines = isSet ? own : headers.all('cookie')
  const left = withoutCookies(lines, names)
  const changed = new Map(session.headers)
  if (left === '') changed.delete('Cookie')
  else changed.set('Cookie', [left])
  return withSession(session, { headers: changed })
}

/** `remove_credential`: what an authenticator reads does not reach the upstream, whichever authenticator has accepted. */

import { withoutCookies } from '../../lib/cookies.ts'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { withoutTokens } from '../../lib/subprotocols.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type CredentialSource, type Session, withSession } from '../../model/session.ts'
import type { HandlerStep } from '../rule.ts'

export interface Removal {
  /** Canonical names of headers that are removed unless the rule sets them. */
  readonly owns: readonly string[]
  /** Query parameters that are removed. */
  readonly query: readonly string[]
  /** Runs after all mutators; undefined: no header is rewritten. */
  readonly step: HandlerStep | undefined
}

export function compileRemoval(credentials: readonly CredentialSource[]): Removal {
  const namesIn = (place: CredentialSource['in']): readonly string[] => [
    ...new Set(credentials.filter(one => one.in === place).map(({ name }) => name)),
  ]
  const rewrites = [
    rewriteOf('Cookie', withoutCookies, namesIn('cookie')),
    rewriteOf('Sec-Websocket-Protocol', withoutTokens, namesIn('websocket_protocol')),
  ].flat()
  return {
    owns: [...namesIn('header').map(canonicalHeaderName), ...rewrites.map(({ header }) => header)],
    query: namesIn('query'),
    step:
      rewrites.length === 0
        ? undefined
        : {
            stage: 'mutator',
            handler: 'remove_credential',
            run: (session, request) =>
              rewrites.reduce((before, one) => rewritten(before, request, one), session),
          },
  }
}

/** A header that also has what is no credential, and stays. */
interface Rewrite {
  /** Its canonical name. */
  readonly header: string
  /** The value without the credentials, from all lines; empty: nothing is left. */
  readonly without: (lines: readonly string[]) => string
}

type Without = (lines: readonly string[], names: ReadonlySet<string>) => string

function rewriteOf(header: string, without: Without, names: readonly string[]): readonly Rewrite[] {
  if (names.length === 0) return []
  const all = new Set(names)
  return [{ header, without: lines => without(lines, all) }]
}

/** What is left stays as it is. If nothing is, the header is not set, and the client's own is removed. */
function rewritten(
  session: Session,
  { headers }: AccessRequest,
  { header, without }: Rewrite,
): Session {
  const own = session.headers?.get(header)
  const isSet = own !== undefined && own !== session.echoed?.get(header)
  const left = without(isSet ? own : headers.all(header.toLowerCase()))
  const changed = new Map(session.headers)
  if (left === '') changed.delete(header)
  else changed.set(header, [left])
  return withSession(session, { headers: changed })
}

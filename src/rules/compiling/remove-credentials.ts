/** `remove_credential`: what an authenticator reads does not reach the upstream, whichever authenticator has accepted. */

import { headersWithoutCookies, requestLines } from '../../handlers/upstream-headers.ts'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { withoutTokens } from '../../lib/subprotocols.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type CredentialSource, isSet, type Session, withSession } from '../../model/session.ts'
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
  const namesIn = (place: CredentialSource['in']): ReadonlySet<string> =>
    new Set(credentials.filter(one => one.in === place).map(({ name }) => name))
  const rewrites = [
    rewriteOf(cookie, withoutCookies, namesIn('cookie')),
    rewriteOf(protocol, withoutProtocols, namesIn('websocket_protocol')),
  ].flat()
  return {
    owns: [
      ...[...namesIn('header')].map(canonicalHeaderName),
      ...rewrites.map(({ header }) => header),
    ],
    query: [...namesIn('query')],
    step:
      rewrites.length === 0
        ? undefined
        : {
            stage: 'mutator',
            handler: 'remove_credential',
            config: {
              names: credentials.map(source => [source.in, source.name]),
            },
            run: (session, request) =>
              rewrites.reduce(
                (before, { without }) => withSession(before, { headers: without(before, request) }),
                session,
              ),
          },
  }
}

/** A header with other parts beside the credential, which stay. */
interface Rewrite {
  /** Its canonical name. */
  readonly header: string
  /** The headers for the upstream. If nothing is left, the header is not set, and the client's own is removed. */
  readonly without: (session: Session, request: AccessRequest) => HeaderMap | null
}

type Without = (names: ReadonlySet<string>) => Rewrite['without']

const rewriteOf = (
  header: string,
  without: Without,
  names: ReadonlySet<string>,
): readonly Rewrite[] => (names.size === 0 ? [] : [{ header, without: without(names) }])

const cookie = 'Cookie'
const protocol = 'Sec-Websocket-Protocol'

const withoutCookies: Without = names => (session, request) =>
  headersWithoutCookies(session, request, name => names.has(name))

const withoutProtocols: Without = names => (session, request) => {
  const { headers } = session
  const lines = isSet(session, protocol)
    ? (headers?.get(protocol) ?? [])
    : requestLines(session, request, protocol)
  const left = withoutTokens(lines, names)
  const changed = new Map(headers)
  if (left === '') changed.delete(protocol)
  else changed.set(protocol, [left])
  return changed
}

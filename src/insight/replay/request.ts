/** The request of a capsule. What the capsule does not have is reported when it is read. */

import type { CapsuleRequest } from '../../capsule/format.ts'
import { watchRequest } from '../../capsule/reads.ts'
import { allHeaders } from '../../capsule/watched-map.ts'
import { createRequest } from '../../doors/request/access-request.ts'
import { headersOf } from '../../doors/request/headers.ts'
import { bytesOf } from '../../lib/bytes.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { PathEscapes } from '../../lib/url-path.ts'
import type { AccessRequest, RequestBody } from '../../model/request.ts'
import type { LoggedCapsule } from './read-capsule.ts'

/** In place of a value that the capsule does not have. */
export const leftOut = '***'

/** Milliseconds; nothing that takes time is called. */
const timeLimit = 60_000

/** `onRead` gets what is read, such as `header cookie`, and whether it is there. */
export function requestOfCapsule(
  logged: LoggedCapsule,
  onRead: (what: string, isThere: boolean) => void,
): AccessRequest {
  const isThere = availability(logged.capsule.request)
  return watchRequest(plainRequest(logged), what => onRead(what, isThere(what)))
}

function plainRequest({ door, method, scheme, host, path, capsule }: LoggedCapsule): AccessRequest {
  const { request: kept } = capsule
  const query = queryOf(kept)
  const rawPath = bytesOf(kept.path)
  return createRequest(
    {
      door,
      method: bytesOf(method),
      scheme: bytesOf(scheme),
      host: bytesOf(host),
      path: bytesOf(path),
      query,
      ...(kept.path_escapes === undefined ? {} : { pathEscapes: kept.path_escapes as PathEscapes }),
      writtenPath: kept.written_path === undefined ? undefined : bytesOf(kept.written_path),
      raw: {
        target: query === '' ? rawPath : `${rawPath}?${query}`,
        host: bytesOf(kept.host),
      },
      headers: headersOf(flatHeaders(kept)),
      client: clientOf(kept),
      body: kept.body ? absentBody : undefined,
      rpc: kept.rpc === undefined ? undefined : { url: bytesOf(kept.rpc) },
      schemeFallback: kept.scheme_fallback,
      context: new Map(
        Object.entries(kept.context ?? {}).map(
          ([name, value]) => [bytesOf(name), bytesOf(value ?? leftOut)] as const,
        ),
      ),
      metadata: (kept.metadata ?? {}) as JsonObject,
    },
    { deadline: performance.now() + timeLimit, onHangUp: () => undefined },
  )
}

/** It is never read: handlers that read it are replaced by what they gave. */
const absentBody: RequestBody = {
  isPartial: false,
  bytes: () => Promise.reject(new Error('the capsule has no body')),
  stream: () => {
    throw new Error('the capsule has no body')
  },
}

const queryOf = ({ query }: CapsuleRequest): string =>
  query === null
    ? leftOut
    : query
        .map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? leftOut)}`,
        )
        .join('&')

const flatHeaders = ({ headers }: CapsuleRequest): readonly string[] =>
  Object.entries(headers).flatMap(([name, values]) =>
    (values ?? [leftOut]).flatMap(value => [bytesOf(name), bytesOf(value)]),
  )

const clientOf = ({ client }: CapsuleRequest) =>
  Object.fromEntries(
    Object.entries(client).flatMap(([name, value]) =>
      value === null ? [] : [[name, bytesOf(value)] as const],
    ),
  )

/** Whether the capsule has what is read. */
function availability(kept: CapsuleRequest): (what: string) => boolean {
  const { headers, query, client, context, metadata, body } = kept
  const fixed: Readonly<Record<string, boolean>> = {
    [allHeaders]: !Object.values(headers).includes(null),
    query: query?.every(([, value]) => value !== null) === true,
    'context extensions': context !== undefined && !Object.values(context).includes(null),
    'filter metadata': metadata !== undefined,
    body: body !== true,
  }
  return what => {
    if (Object.hasOwn(fixed, what)) return fixed[what] === true
    const [kind, name = ''] = what.split(' ')
    if (kind === 'header') return !Object.hasOwn(headers, name) || headers[name] !== null
    return kind === 'client' ? Object.hasOwn(client, name) : true
  }
}

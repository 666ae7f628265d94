/**
 * Where the judged request is read from (`serve.api.forwarded`). Each dialect is one function from the
 * request line and the headers of a trusted peer to what is judged, or to the reason of a 400.
 */

import type { Forwarded } from '../http/facts.ts'
import { canonicalForwardedPath, canonicalPath, splitTarget } from '../request/path.ts'

/** The request as its own request line and listener say. `path` is raw, behind the prefix. */
export interface OwnRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly path: string
  readonly query: string
}

/** What rules are matched with; the host is still as sent, the path is canonical. */
export interface Judged {
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly pathIsEncoded?: true | undefined
  /** The path of X-Forwarded-Uri as it came. */
  readonly writtenPath?: string | undefined
  /** Whoever speaks this dialect may keep the body to itself: where none came, there may be one. */
  readonly mayWithholdBody?: true | undefined
}

/** A text is the reason of a 400. */
export type Dialect = (own: OwnRequest, forwarded: Forwarded) => Judged | string

export type DialectName = 'auto' | 'off' | 'envoy' | 'x-forwarded' | 'x-original'

const badPath = 'the path cannot be judged safely'
const badForwardedUri = 'X-Forwarded-Uri cannot be judged safely'

const off: Dialect = own => {
  const path = canonicalPath(own.path)
  return path === undefined ? badPath : { ...own, path }
}

const envoy: Dialect = (own, { proto }) => {
  if (proto !== undefined && proto !== 'http' && proto !== 'https')
    return 'X-Forwarded-Proto is neither http nor https'
  const judged = off({ ...own, scheme: proto ?? own.scheme }, {})
  return typeof judged === 'string' ? judged : { ...judged, mayWithholdBody: true }
}

const auto: Dialect = (own, forwarded) => {
  const { path: raw, query } = splitTarget(forwarded.uri ?? '')
  const path = raw === '' ? canonicalPath(own.path) : rootedForwardedPath(raw)
  if (path === undefined) return raw === '' ? badPath : badForwardedUri
  return {
    mayWithholdBody: whereForwarded(forwarded),
    method: forwarded.method || own.method,
    scheme: forwarded.proto || own.scheme,
    host: forwarded.host || own.host,
    path,
    query: query ?? own.query,
    ...writtenOf(raw),
  }
}

const nothingWritten = { pathIsEncoded: undefined, writtenPath: undefined }

const writtenOf = (raw: string): Pick<Judged, 'pathIsEncoded' | 'writtenPath'> =>
  raw === '' ? nothingWritten : { pathIsEncoded: true, writtenPath: raw }

/** Somebody asks about another request than the one it makes. */
const whereForwarded = ({ method, uri }: Forwarded): true | undefined =>
  method || uri ? true : undefined

const xForwarded: Dialect = (own, forwarded) => {
  const { method, proto, host, uri } = forwarded
  if (!method || !proto || !host || !uri) {
    return 'X-Forwarded-Method, -Proto, -Host and -Uri must all be there'
  }
  return auto(own, forwarded)
}

const absoluteUrl = /^(https?|wss?):\/\/([^/?#]*)(.*)$/s

const xOriginal: Dialect = (_own, { originalMethod, originalUrl }) => {
  const [, scheme, host = '', target = ''] = absoluteUrl.exec(originalUrl ?? '') ?? []
  if (!originalMethod || scheme === undefined) {
    return 'X-Original-Method and an absolute X-Original-URL must both be there'
  }
  const { path: raw, query = '' } = splitTarget(target)
  const path = canonicalPath(raw)
  if (path === undefined) return badPath
  return { method: originalMethod, scheme, host, path, query, mayWithholdBody: true }
}

const rootedForwardedPath = (raw: string): string | undefined =>
  raw.startsWith('/') ? canonicalForwardedPath(raw) : undefined

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  auto,
  off,
  envoy,
  'x-forwarded': xForwarded,
  'x-original': xOriginal,
}

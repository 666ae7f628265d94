/**
 * How a proxy describes the request to decide (`serve.api.forwarded`). Each dialect is a function that reads it from
 * the proxy's own request and the forwarded headers of a trusted peer.
 */

import type { Forwarded } from '../http/facts.ts'
import { canonicalForwardedPath, canonicalPath, splitTarget } from '../request/path.ts'

/** The proxy's own request. `path` is raw, without the prefix `/decisions`. */
export interface OwnRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly path: string
  readonly query: string
}

/** The request to decide. The path is canonical, the host is as sent. */
export interface RequestToDecide {
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly pathIsEncoded?: true | undefined
  /** The unchanged path of X-Forwarded-Uri. */
  readonly writtenPath?: string | undefined
  /** True when the proxy may not have sent the body: a missing body may not be empty. */
  readonly mayWithholdBody?: true | undefined
}

/** Returns the request, or the reason of a 400. */
export type Dialect = (own: OwnRequest, forwarded: Forwarded) => RequestToDecide | string

export type DialectName = 'auto' | 'off' | 'envoy' | 'x-forwarded' | 'x-original'

const badPath = 'the path is not safe to match'
const badForwardedUri = 'X-Forwarded-Uri is not safe to match'

const off: Dialect = own => {
  const path = canonicalPath(own.path)
  return path === undefined ? badPath : { ...own, path }
}

const envoy: Dialect = (own, { proto }) => {
  if (proto !== undefined && proto !== 'http' && proto !== 'https')
    return 'X-Forwarded-Proto is neither http nor https'
  const toDecide = off({ ...own, scheme: proto ?? own.scheme }, {})
  return typeof toDecide === 'string' ? toDecide : { ...toDecide, mayWithholdBody: true }
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

const writtenOf = (raw: string): Pick<RequestToDecide, 'pathIsEncoded' | 'writtenPath'> =>
  raw === '' ? nothingWritten : { pathIsEncoded: true, writtenPath: raw }

/** True when the proxy describes another request than its own. */
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

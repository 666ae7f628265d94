/**
 * How a proxy describes the request to decide (`serve.api.forwarded`). Each dialect is a function that reads it from
 * the proxy's own request and the forwarded headers of a trusted peer.
 */

import type { PathEscapes } from '../../lib/url-path.ts'
import type { Forwarded } from '../http/facts.ts'
import { splitTarget } from '../request/path.ts'
import type { PathReader } from '../request/path-reader.ts'

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
  readonly pathEscapes?: PathEscapes
  /** The unchanged path of X-Forwarded-Uri. */
  readonly writtenPath?: string | undefined
  /** True when the proxy may not have sent the body: a missing body may not be empty. */
  readonly mayWithholdBody?: true | undefined
}

/** Returns the request, or the reason of a 400. */
export type Dialect = (
  own: OwnRequest,
  forwarded: Forwarded,
  paths: PathReader,
) => RequestToDecide | string

export type DialectName = 'auto' | 'off' | 'envoy' | 'x-forwarded' | 'x-original'

const badPath = 'the path is not safe to match'
const badForwardedUri = 'X-Forwarded-Uri is not safe to match'

const off: Dialect = (own, _, paths) => {
  const found = ownPath(own, paths)
  return typeof found === 'string' ? found : { ...own, ...found }
}

const envoy: Dialect = (own, { proto }, paths) => {
  if (proto !== undefined && proto !== 'http' && proto !== 'https')
    return 'X-Forwarded-Proto is neither http nor https'
  const toDecide = off({ ...own, scheme: proto ?? own.scheme }, {}, paths)
  return typeof toDecide === 'string' ? toDecide : { ...toDecide, mayWithholdBody: true }
}

const auto: Dialect = (own, forwarded, paths) => {
  const { path: raw, query } = splitTarget(forwarded.uri ?? '')
  const found = raw === '' ? ownPath(own, paths) : forwardedPath(raw, paths)
  if (typeof found === 'string') return found
  return {
    mayWithholdBody: whereForwarded(forwarded),
    method: forwarded.method || own.method,
    scheme: forwarded.proto || own.scheme,
    host: forwarded.host || own.host,
    query: query ?? own.query,
    path: found.path,
    pathEscapes: found.pathEscapes,
    writtenPath: found.writtenPath,
  }
}

/** True when the proxy describes another request than its own. */
const whereForwarded = ({ method, uri }: Forwarded): true | undefined =>
  method || uri ? true : undefined

const xForwarded: Dialect = (own, forwarded, paths) => {
  const { method, proto, host, uri } = forwarded
  if (!method || !proto || !host || !uri) {
    return 'X-Forwarded-Method, -Proto, -Host and -Uri must all be there'
  }
  return auto(own, forwarded, paths)
}

const absoluteUrl = /^(https?|wss?):\/\/([^/?#]*)(.*)$/s

const xOriginal: Dialect = (_own, { originalMethod, originalUrl }, paths) => {
  const [, scheme, host = '', target = ''] = absoluteUrl.exec(originalUrl ?? '') ?? []
  if (!originalMethod || scheme === undefined) {
    return 'X-Original-Method and an absolute X-Original-URL must both be there'
  }
  const { path: raw, query = '' } = splitTarget(target)
  const found = ownPath({ path: raw }, paths)
  if (typeof found === 'string') return found
  return { method: originalMethod, scheme, host, query, mayWithholdBody: true, ...found }
}

type PathParts = Pick<RequestToDecide, 'path' | 'pathEscapes' | 'writtenPath'>

function ownPath({ path: raw }: Pick<OwnRequest, 'path'>, paths: PathReader): PathParts | string {
  const path = paths.read(raw)
  return path === undefined ? badPath : { path, pathEscapes: paths.escapesOf(path) }
}

function forwardedPath(raw: string, paths: PathReader): PathParts | string {
  const path = raw.startsWith('/') ? paths.readForwarded(raw) : undefined
  if (path === undefined) return badForwardedUri
  return { path, pathEscapes: paths.escapesOfForwarded(path), writtenPath: raw }
}

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  auto,
  off,
  envoy,
  'x-forwarded': xForwarded,
  'x-original': xOriginal,
}

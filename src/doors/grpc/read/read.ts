/**
 * Converts a CheckRequest to an AccessRequest.
 *
 * Takes       the decoded message, the trusted peers, the limits, and the lifetime of the check.
 * Gives       a request whose method, scheme, host and path come from their own fields; headers are never used
 *             for matching. A gRPC library that sends the check itself (gRFC A92) sends no scheme: its calls are
 *             matched as `rpc://authority/full_method`, the form of gRPC rules.
 * Fails with  forbidden (no HTTP request, for example a TCP connection), bad_request (method, scheme, host,
 *             path or headers are not valid), uri_too_long.
 * Units       bytes.
 */
import { isHeaderName } from '../../../lib/header-name.ts'
import type { JsonObject } from '../../../lib/json.ts'
import { inOwnMemory } from '../../../lib/own-memory.ts'
import { randomId } from '../../../lib/random-id.ts'
import type { Signal } from '../../../lib/signal.ts'
import { type Failure, failure } from '../../../model/failure.ts'
import type { Headers } from '../../../model/headers.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { createLifetimeSignal, type Lifetime } from '../../request/access-request.ts'
import { headersOf } from '../../request/headers.ts'
import { canonicalHost } from '../../request/host.ts'
import { splitTarget } from '../../request/path.ts'
import type { PathReader } from '../../request/path-reader.ts'
import type { Trust } from '../../request/trust.ts'
import { isRpcCall } from './audience.ts'
import { bodyOf } from './body.ts'
import { clientOf } from './client.ts'
import type { WireCheck, WireHttp } from './decode.ts'
import { contextOf, flatHeaders } from './headers.ts'
import { authorityOf, isLibraryCall, libraryScheme } from './library-call.ts'
import { readMetadata } from './metadata.ts'

export interface ReadOptions {
  readonly trust: Trust
  readonly paths: PathReader
  readonly limits: {
    readonly pathBytes: number
    readonly headerBytes: number
    readonly bodyBytes: number
  }
}

export function readCheck(
  { attributes }: WireCheck,
  { trust, paths, limits }: ReadOptions,
  lifetime: Lifetime,
): AccessRequest | Failure {
  const http = attributes?.request?.http
  if (!attributes || !http) return noHttp
  const target = readTarget(http, paths, limits.pathBytes)
  if ('kind' in target) return target
  const flat = flatHeaders(http, limits.headerBytes)
  if ('kind' in flat) return flat
  const headers = headersOf(flat)
  const request: Read = {
    __proto__: onDemand,
    door: 'grpc',
    method: http.method,
    scheme: target.scheme,
    host: target.host,
    path: target.path,
    pathEscapes: paths.escapesOf(target.path),
    query: target.query,
    raw: { target: http.path, host: target.rawHost },
    headers,
    client: clientOf(attributes.source, headers, trust),
    body: bodyOf(http, flat, limits.bodyBytes),
    rpc: target.scheme === libraryScheme ? undefined : rpcOf(http.method, target, headers),
    context: contextOf(attributes.context_extensions),
    began: lifetime.began ?? performance.now(),
    deadline: lifetime.deadline,
    encodedMetadata: inOwnMemory(attributes.metadata_context),
    madeMetadata: undefined,
    lifetime,
    madeSignal: undefined,
    madeId: undefined,
  }
  return request as unknown as AccessRequest
}

type Lazy = 'signal' | 'metadata' | 'id' | 'rpc'

interface Read extends Omit<AccessRequest, Lazy> {
  readonly __proto__: object
  readonly rpc: AccessRequest['rpc'] | undefined
  readonly encodedMetadata: Buffer
  madeMetadata: JsonObject | undefined
  readonly lifetime: Lifetime
  madeSignal: Signal | undefined
  madeId: string | undefined
}

/**
 * Members that are created when first read, on a shared prototype. Own accessors would cost a hidden class per
 * request, which keeps the whole call in memory until the next full garbage collection.
 */
const onDemand: Pick<AccessRequest, 'signal' | 'metadata' | 'id'> & ThisType<Read> = {
  get signal() {
    this.madeSignal ??= createLifetimeSignal(this.lifetime)
    return this.madeSignal
  },
  get id() {
    this.madeId ??= randomId()
    return this.madeId
  },
  get metadata() {
    this.madeMetadata ??= readMetadata(this.encodedMetadata)
    return this.madeMetadata
  },
}

interface Target {
  readonly scheme: string
  readonly host: string
  readonly rawHost: string
  readonly path: string
  readonly query: string
}

function readTarget(http: WireHttp, paths: PathReader, mostBytes: number): Target | Failure {
  if (!isHeaderName(http.method)) return badMethod
  const scheme = schemeOf(http)
  if (scheme === undefined) return badScheme
  if (http.path.length > mostBytes) return pathTooLong
  const rawHost = scheme === libraryScheme ? authorityOf(http) : http.host
  const host = canonicalHost(rawHost)
  if (host === undefined) return badHost
  if (!http.path.startsWith('/') || http.path.includes('#')) return badPath
  const { path: raw, query = '' } = splitTarget(http.path)
  const path = paths.read(raw)
  return path === undefined ? badPath : { scheme, host, rawHost, path, query }
}

function schemeOf(http: WireHttp): string | undefined {
  const { scheme } = http
  if (scheme === 'http' || scheme === 'https') return scheme
  return isLibraryCall(http) ? libraryScheme : undefined
}

/** gRPC rules are matched with gRPC calls, and with GET, which such a rule may allow. */
function rpcOf(
  method: string,
  { host, path }: Target,
  headers: Headers,
): AccessRequest['rpc'] | undefined {
  return method === 'GET' || isRpcCall(method, headers)
    ? { url: `rpc://${host}${path}` }
    : undefined
}

const noHttp = failure('forbidden', { message: 'The check has no HTTP request' })
const badMethod = failure('bad_request', { message: 'The method is not valid' })
const badScheme = failure('bad_request', { message: 'The scheme is neither http nor https' })
const badHost = failure('bad_request', { message: 'The host is not valid' })
const badPath = failure('bad_request', { message: 'The path is not safe to match' })
const pathTooLong = failure('uri_too_long', { message: 'The path is too long' })

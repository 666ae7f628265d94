/** Requests that are given in a file: `METHOD URL` or an object of JSON in each line, or lines of the decision log. */
import { createRequest } from '../../doors/request/access-request.ts'
import { headersOf } from '../../doors/request/headers.ts'
import { canonicalHost } from '../../doors/request/host.ts'
import type { PathReader } from '../../doors/request/path-reader.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../../lib/json.ts'
import type { AccessRequest } from '../../model/request.ts'
import { requestOf } from '../patterns/request.ts'
import { type LoggedCapsule, readCapsule } from '../replay/read-capsule.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** Texts as they are written. */
export interface WrittenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Pairs
}

/** undefined: the line is not a request. */
export function readRequestLine(line: string): WrittenRequest | undefined {
  if (line.startsWith('{')) return fromJson(tryJson(line, JSON.parse))
  const [method = '', url = '', ...more] = line.split(/\s+/)
  return more.length === 0 ? checked({ method, url, headers: [] }) : undefined
}

function fromJson(value: JsonValue | undefined): WrittenRequest | undefined {
  if (value === undefined || !isJsonObject(value)) return undefined
  const { method = 'GET', url, headers = {} } = value
  if (typeof method !== 'string' || typeof url !== 'string') return undefined
  const pairs = isJsonObject(headers) ? Object.entries(headers).flatMap(pairsOf) : pairsIn(headers)
  return pairs === undefined || pairs.includes(undefined)
    ? undefined
    : checked({ method, url, headers: pairs as Pairs })
}

/** One value, or a list of values. */
const pairsOf = ([name, value]: readonly [string, JsonValue]) =>
  (Array.isArray(value) ? value : [value]).map(one =>
    typeof one === 'string' ? ([name, one] as const) : undefined,
  )

/** Pairs, as reports have them. */
const pairsIn = (value: JsonValue) =>
  Array.isArray(value)
    ? value.map(pair =>
        Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string'
          ? ([pair[0], pair[1]] as const)
          : undefined,
      )
    : undefined

function checked(request: WrittenRequest): WrittenRequest | undefined {
  const { method, url, headers } = request
  const isRight =
    isHeaderName(method) &&
    urlForm.test(url) &&
    headers.every(([name, value]) => isHeaderName(name) && isHeaderValue(value))
  return isRight ? request : undefined
}

const urlForm = /^(https?|wss?):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?$/

/** Milliseconds; nothing that takes time is called. */
const timeLimit = 1_000

/** undefined: a door refuses the request. */
export function requestFrom(written: WrittenRequest, paths: PathReader): AccessRequest | undefined {
  const [, scheme = '', rawHost = '', raw = '', query = ''] =
    urlForm.exec(bytesOf(written.url)) ?? []
  const host = canonicalHost(rawHost)
  const path = paths.read(raw === '' ? '/' : raw)
  if (host === undefined || path === undefined) return undefined
  return createRequest(
    {
      door: 'decisions',
      method: written.method,
      scheme,
      host,
      path,
      query,
      pathEscapes: paths.escapesOf(path),
      raw: { target: query === '' ? raw || '/' : `${raw || '/'}?${query}`, host: rawHost },
      headers: headersOf(written.headers.flat().map(bytesOf)),
      client: {},
      body: undefined,
      schemeFallback: scheme.startsWith('ws') ? scheme.replace('ws', 'http') : undefined,
      context: new Map(),
      metadata: {},
    },
    { deadline: performance.now() + timeLimit, onHangUp: () => undefined },
  )
}

/** A decision that was logged: without headers, so without credentials. */
export interface LoggedDecision {
  readonly method: string
  /** The URL as it was matched. */
  readonly url: string
  readonly query: string
  readonly isGranted: boolean
  readonly status: number
  /** With it the decision can be made again. */
  readonly capsule?: LoggedCapsule
  /** Why its capsule cannot be used. */
  readonly unusable?: string
}

/** undefined: the line has no request, or it is masked. */
export function readLogLine(line: string): LoggedDecision | undefined {
  const value = line.startsWith('{') ? tryJson(line, JSON.parse) : undefined
  const entry = isObject(value) ? value : nothing
  const { granted, status, request } = entry
  if (typeof granted !== 'boolean' || !isObject(request)) return undefined
  const { method, scheme, host, path, query } = textsIn(request)
  if (method === undefined || host === undefined || path === undefined) return undefined
  const url = `${scheme}://${host}${path}`
  const capsule = readCapsule(entry)
  return {
    method,
    url,
    query: query ?? '',
    isGranted: granted,
    status: statusOf(status, granted),
    ...(typeof capsule === 'object' ? { capsule } : {}),
    ...(typeof capsule === 'string' ? { unusable: capsule } : {}),
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  value !== undefined && isJsonObject(value)

const nothing: JsonObject = {}

function statusOf(status: JsonValue | undefined, isGranted: boolean): number {
  if (typeof status === 'number') return status
  return isGranted ? 200 : 403
}

function textsIn(request: JsonObject) {
  const text = (key: string): string | undefined => {
    const value = request[key]
    return typeof value === 'string' ? value : undefined
  }
  return {
    method: text('method'),
    scheme: text('scheme') ?? 'https',
    host: text('host'),
    path: text('path'),
    query: text('query'),
  }
}

export const requestFromLog = (
  { method, url, query }: LoggedDecision,
  paths: PathReader,
): AccessRequest | undefined =>
  requestOf(
    { method, url, query: bytesOf(query), headers: [], context: undefined, isCall: false },
    paths,
  )

/** Serves the metadata of protected resources (RFC 9728 §3), before CORS, rules and upstreams. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { splitHttpUrl } from '../../lib/url-path.ts'
import {
  type ProtectedResource,
  type ProtectedResources,
  wellKnown,
} from '../../model/protected-resources.ts'
import { canonicalHost } from '../request/host.ts'
import { canonicalPath, splitTarget } from '../request/path.ts'
import { isPreflight } from './cors.ts'
import { beforeEarlyAnswer, drain } from './drain.ts'
import { readFacts } from './facts.ts'
import type { RequestListener } from './listener.ts'

export interface MetadataOptions {
  readonly resources: ProtectedResources
  /** Also serves a resource of another host, if no other one has its metadata at this path. */
  readonly anyHost: boolean
  /** Maximum of unread body bytes that are drained to keep a connection. */
  readonly bodyBytes: number
}

/** Without resources the listener is unchanged. */
export function withMetadata(listener: RequestListener, options: MetadataOptions): RequestListener {
  if (options.resources.all.length === 0) return listener
  return (incoming, response) => {
    const found = resourceOf(incoming, options)
    if (found === undefined) listener(incoming, response)
    else answer(incoming, response, { ...options, found })
  }
}

function resourceOf(
  { url = '', rawHeaders }: IncomingMessage,
  { resources, anyHost }: MetadataOptions,
): ProtectedResource | undefined {
  if (!url.includes(wellKnown)) return undefined
  const whole = url.startsWith('/') ? undefined : splitHttpUrl(url)
  const { path: written } = splitTarget(whole?.rest ?? url)
  const path = written.startsWith(wellKnown) ? canonicalPath(written) : undefined
  const { host: sent = '', problem } = readFacts(rawHeaders)
  const host = canonicalHost(whole?.authority ?? sent)
  if (path === undefined || host === undefined || problem !== undefined) return undefined
  return resources.described(host, path) ?? (anyHost ? resources.onlyDescribed(path) : undefined)
}

const allowed = 'GET, HEAD, OPTIONS'
/** Web pages may read it: clients in a browser do. */
const forAll = ['Access-Control-Allow-Origin', '*'] as const
const seconds = 300

interface Found extends Pick<MetadataOptions, 'bodyBytes'> {
  readonly found: ProtectedResource
}

function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { found, bodyBytes }: Found,
): void {
  beforeEarlyAnswer(incoming, response, bodyBytes)
  const { method } = incoming
  if (isPreflight(incoming)) preflight(response)
  else if (method === 'GET' || method === 'HEAD') send(response, found, method === 'GET')
  else response.writeHead(405, [...forAll, 'Allow', allowed, 'Content-Length', '0']).end()
  drain(incoming, response, bodyBytes)
}

/** Clients send headers of their own, such as the version of their protocol. */
const preflight = (response: ServerResponse): void =>
  void response
    .writeHead(204, [
      ...forAll,
      ...['Access-Control-Allow-Methods', 'GET, HEAD'],
      ...['Access-Control-Allow-Headers', '*'],
      ...['Access-Control-Max-Age', String(seconds)],
    ])
    .end()

function send(response: ServerResponse, { document }: ProtectedResource, hasBody: boolean): void {
  response.writeHead(200, [
    ...forAll,
    ...['Cache-Control', `public, max-age=${seconds}`],
    ...['Content-Type', 'application/json'],
    ...['Content-Length', String(document.length)],
  ])
  if (hasBody) response.end(document)
  else response.end()
}

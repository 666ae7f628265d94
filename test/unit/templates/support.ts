import { readFileSync } from 'node:fs'
import { type JsonObject, type JsonValue, toByteStrings } from '../../../src/lib/json.ts'
import type { Session } from '../../../src/model/session.ts'

const here = new URL('.', import.meta.url)

export const readJson = (path: string): JsonValue =>
  JSON.parse(readFileSync(new URL(path, here), 'utf8')) as JsonValue

interface GoUrl {
  readonly Scheme: string
  readonly Host: string
  readonly Path: string
  readonly RawPath: string
  readonly RawQuery: string
  readonly ForceQuery: boolean
}

type Lists = Readonly<Record<string, readonly string[]>>

interface GoSession {
  readonly subject: string
  readonly extra: JsonObject | null
  readonly header: Lists | null
  readonly match_context: {
    readonly regexp_capture_groups: readonly string[]
    readonly url: GoUrl
    readonly method: string
    readonly header: Lists
  }
}

const urlOf = (url: GoUrl) => ({
  scheme: url.Scheme,
  host: url.Host,
  path: url.Path,
  rawPath: url.RawPath,
  rawQuery: url.RawQuery,
  forceQuery: url.ForceQuery,
})

function sessionOf(json: JsonValue): Session {
  const go = toByteStrings(json) as unknown as GoSession
  const match = go.match_context
  return {
    kind: 'session',
    subject: go.subject,
    extra: go.extra,
    headers: go.header === null ? null : new Map(Object.entries(go.header)),
    matchContext: {
      regexpCaptureGroups: match.regexp_capture_groups,
      url: urlOf(match.url),
      method: match.method,
      header: new Map(Object.entries(match.header)),
      contextExtensions: new Map([['tenant', 'shop']]),
      rule: 'r',
      namedCaptures: new Map([['id', '7']]),
      client: { address: '192.0.2.7', principal: 'spiffe://shop/web', certificate: undefined },
      metadata: { 'envoy.filters.http.jwt_authn': { tier: 'gold' } },
      body: { items: [{ sku: 'a' }] },
    },
  }
}

const sessions = new Map(
  Object.entries(readJson('../../support/go-templates/sessions.json') as JsonObject).map(
    ([name, json]) => [name, sessionOf(json)],
  ),
)

export function sessionNamed(name: string): Session {
  const session = sessions.get(name)
  if (session === undefined) throw new Error(`no session ${name}`)
  return session
}

export const rich = sessionNamed('rich')

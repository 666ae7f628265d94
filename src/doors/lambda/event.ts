/**
 * Events of Amazon API Gateway's Lambda authorizers to what is judged: REST APIs (REQUEST and TOKEN) and
 * HTTP APIs (payload 2.0), and WebSocket APIs (REQUEST, of the route `$connect`).
 */
import { bytesOf } from '../../lib/bytes.ts'
import { isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { writeQuery } from '../../lib/query.ts'

/** Byte strings; the path has no query and, in an API with stages, no stage. */
export interface Asked {
  readonly kind: 'asked'
  /** What the answer is about: the ARN of the method or route. */
  readonly arn: string
  /** `isAuthorized` instead of a policy. */
  readonly simple: boolean
  readonly method: string
  /** A connection of a WebSocket API is `wss`; everything else comes over https. */
  readonly scheme: 'https' | 'wss'
  readonly host: string
  readonly path: string
  readonly query: string
  /** Flat: `[name, value, …]`. */
  readonly headers: readonly string[]
  readonly sourceIp: string | undefined
}

export interface BadEvent {
  readonly kind: 'bad_event'
  readonly reason: string
}

const bad = (reason: string): BadEvent => ({ kind: 'bad_event', reason })

export function readEvent(event: unknown): Asked | BadEvent {
  if (!isJsonObject(event)) return bad('the event is no object')
  if (event['type'] === 'TOKEN') return readToken(event)
  if (event['version'] === '2.0') return readHttpApi(event)
  return event['type'] === 'REQUEST' ? readRest(event) : bad('the event is of no authorizer')
}

function readRest(event: JsonObject): Asked | BadEvent {
  const context = objectOf(event['requestContext'])
  const arn = textOf(event['methodArn'])
  const called = isConnection(event, context) ? connection : methodOf(event)
  if (!arn || !called.method || !called.path) return bad('methodArn, httpMethod or path is missing')
  return checked({
    kind: 'asked',
    arn,
    simple: false,
    ...called,
    host: textOf(context['domainName']) || first(event, 'host'),
    query: queryOf(event),
    headers: headersOf(event),
    sourceIp: textOf(objectOf(context['identity'])['sourceIp']) || undefined,
  })
}

/** WebSocket APIs have no paths: behind the stage, which is cut off elsewhere too, there is nothing. */
const connection = { method: 'GET', scheme: 'wss', path: '/' } as const

/** What only the gateway says: a path of a REST API may end in `/$connect`, too. */
const isConnection = (event: JsonObject, context: JsonObject): boolean =>
  context['eventType'] === 'CONNECT' && !Object.hasOwn(event, 'httpMethod')

const methodOf = (event: JsonObject): Pick<Asked, 'method' | 'scheme' | 'path'> => ({
  method: textOf(event['httpMethod']),
  scheme: 'https',
  path: textOf(event['path']),
})

function readHttpApi(event: JsonObject): Asked | BadEvent {
  const context = objectOf(event['requestContext'])
  const http = objectOf(context['http'])
  const arn = textOf(event['routeArn'])
  const method = textOf(http['method'])
  const raw = textOf(event['rawPath'])
  if (!arn || !method || !raw)
    return bad('routeArn, requestContext.http.method or rawPath is missing')
  const cookies = listOf(event['cookies'])
  const headers = headersOf(event)
  return checked({
    kind: 'asked',
    arn,
    simple: true,
    method,
    scheme: 'https',
    host: textOf(context['domainName']) || first(event, 'host'),
    path: withoutStage(raw, textOf(context['stage'])),
    query: textOf(event['rawQueryString']),
    headers: cookies.length === 0 ? headers : [...headers, 'cookie', cookies.join('; ')],
    sourceIp: textOf(http['sourceIp']) || undefined,
  })
}

const methodArn = /^arn:[\w-]+:execute-api:([\w-]+):\d*:([\w-]+)\/([^/]+)\/([A-Z]+)(?:\/(.*))?$/s

/** Only the token and the ARN are there: no other header, no query. */
function readToken(event: JsonObject): Asked | BadEvent {
  const arn = textOf(event['methodArn'])
  const token = textOf(event['authorizationToken'])
  const [, region, api, , method = '', rest = ''] = methodArn.exec(arn) ?? []
  if (api === undefined) return bad('methodArn is none of a method')
  return checked({
    kind: 'asked',
    arn,
    simple: false,
    method,
    scheme: 'https',
    host: `${api}.execute-api.${region}.amazonaws.com`,
    path: `/${rest}`,
    query: '',
    headers: ['Authorization', token],
    sourceIp: undefined,
  })
}

/**
 * Whether an API has decoded the path before it asks is not said: what has an escape could be judged as
 * another path than the one that is called.
 */
function checked(asked: Asked): Asked | BadEvent {
  if (asked.path.includes('%')) return bad('the path has an escape, and may be decoded or not')
  if (isPattern(asked.path) || isPattern(asked.arn))
    return bad('the path or the ARN has a character that a policy reads as a pattern')
  if (!asked.headers.every(isHeaderValue)) return bad('a header has a control character')
  return asked
}

/** A policy would be about other paths, too, and the gateway remembers it for them. `$connect` is a route, `${` a variable. */
const isPattern = (text: string): boolean => /[*?]|\$\{/.test(text)

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const textOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? bytesOf(value) : ''

const listOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string').map(bytesOf) : []

/** All lines where the event has them, else the one of each name. */
function headersOf(event: JsonObject): readonly string[] {
  const several = objectOf(event['multiValueHeaders'])
  const single = objectOf(event['headers'])
  const names = new Set([...Object.keys(several), ...Object.keys(single)])
  return [...names].filter(isHeaderName).flatMap(name => {
    const lines = listOf(several[name])
    const values = lines.length > 0 ? lines : [textOf(single[name])]
    return values.flatMap(value => [name, value])
  })
}

function first(event: JsonObject, name: string): string {
  const headers = headersOf(event)
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name)
  return at < 0 ? '' : (headers[at + 1] ?? '')
}

/** It comes decoded. */
function queryOf(event: JsonObject): string {
  const several = objectOf(event['multiValueQueryStringParameters'])
  const single = objectOf(event['queryStringParameters'])
  const names = [...new Set([...Object.keys(several), ...Object.keys(single)])]
  return writeQuery(
    names.flatMap(name => {
      const values = listOf(several[name])
      return (values.length > 0 ? values : [textOf(single[name])]).map(
        value => [bytesOf(name), value] as const,
      )
    }),
  )
}

function withoutStage(path: string, stage: string): string {
  if (stage === '' || stage === '$default') return path
  if (path === `/${stage}`) return '/'
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path
}

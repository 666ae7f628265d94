/**
 * Reads the request from an event of an Amazon API Gateway Lambda authorizer: REST APIs (REQUEST and TOKEN), HTTP
 * APIs (payload 2.0), and WebSocket APIs (REQUEST, of the route `$connect`).
 */
import { bytesOf } from '../../lib/bytes.ts'
import { isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import { firstHeader } from '../../lib/header-pairs.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { writeQuery } from '../../lib/query.ts'

/** All strings are byte strings; the path has neither query nor stage. */
export interface LambdaRequest {
  readonly kind: 'request'
  /** The ARN of the method or route, which the answer must name. */
  readonly arn: string
  /** True: answer with `isAuthorized` instead of a policy. */
  readonly simple: boolean
  readonly method: string
  /** `wss` for WebSocket APIs, `https` for all others. */
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

export function readEvent(event: unknown): LambdaRequest | BadEvent {
  if (!isJsonObject(event)) return bad('the event is not a JSON object')
  if (event['type'] === 'TOKEN') return readToken(event)
  if (event['version'] === '2.0') return readHttpApi(event)
  return event['type'] === 'REQUEST' ? readRest(event) : bad('the event is not an authorizer event')
}

function readRest(event: JsonObject): LambdaRequest | BadEvent {
  const context = objectOf(event['requestContext'])
  const arn = textOf(event['methodArn'])
  const called = isConnection(event, context) ? connection : methodOf(event)
  if (!arn || !called.method || !called.path) return bad('methodArn, httpMethod or path is missing')
  return checked({
    kind: 'request',
    arn,
    simple: false,
    ...called,
    host: textOf(context['domainName']) || first(event, 'host'),
    query: queryOf(event),
    headers: headersOf(event),
    sourceIp: textOf(objectOf(context['identity'])['sourceIp']) || undefined,
  })
}

/** WebSocket APIs have no path after the stage, and the stage is always cut off. */
const connection = { method: 'GET', scheme: 'wss', path: '/' } as const

/** Uses members that only API Gateway sets: a path of a REST API may also end in `/$connect`. */
const isConnection = (event: JsonObject, context: JsonObject): boolean =>
  context['eventType'] === 'CONNECT' && !Object.hasOwn(event, 'httpMethod')

const methodOf = (event: JsonObject): Pick<LambdaRequest, 'method' | 'scheme' | 'path'> => ({
  method: textOf(event['httpMethod']),
  scheme: 'https',
  path: textOf(event['path']),
})

function readHttpApi(event: JsonObject): LambdaRequest | BadEvent {
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
    kind: 'request',
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

/** The event has only the token and the ARN: no other headers, no query. */
function readToken(event: JsonObject): LambdaRequest | BadEvent {
  const arn = textOf(event['methodArn'])
  const token = textOf(event['authorizationToken'])
  const [, region, api, , method = '', rest = ''] = methodArn.exec(arn) ?? []
  if (api === undefined) return bad('methodArn is not the ARN of a method')
  return checked({
    kind: 'request',
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
 * The event does not say whether the path was decoded: a path with an escape could be decided as another path than
 * the one that is called.
 */
function checked(request: LambdaRequest): LambdaRequest | BadEvent {
  if (request.path.includes('%')) return bad('the path has an escape, and may be decoded or not')
  if (isPattern(request.path) || isPattern(request.arn))
    return bad('the path or the ARN has a character that a policy reads as a pattern')
  if (!request.headers.every(isHeaderValue)) return bad('a header has a control character')
  return request
}

/** Such a policy would match other paths too, and API Gateway caches it. `$connect` is a route, `${` begins a variable. */
const isPattern = (text: string): boolean => /[*?]|\$\{/.test(text)

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const textOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? bytesOf(value) : ''

const listOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string').map(bytesOf) : []

/** Uses all values of a name if the event has them, otherwise the one in `headers`. */
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
  return firstHeader(headersOf(event), name) ?? ''
}

/** The event has the decoded query. */
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

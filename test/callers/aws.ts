/**
 * API Gateway as its documentation describes it: what it makes of an authorizer's answer, in front of a small
 * upstream.
 */
import { readFileSync } from 'node:fs'
import type { LambdaHandler } from '../../src/app/embedded/lambda.ts'

export type Event = Readonly<Record<string, unknown>>

/** A request of a client. */
export interface Asked {
  readonly method?: string
  /** Path and query. */
  readonly target: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

export interface Outcome {
  readonly status: number
  /** What reaches the integration: mapped headers come from the context, the others from the client. */
  readonly received?: Readonly<Record<string, string | undefined>>
  /** What an integration can map to headers of its answer. */
  readonly context?: Readonly<Record<string, string>>
}

export type Form = 'rest' | 'http-api' | 'websocket'

const recorded = (name: Form): Event =>
  JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), 'utf8')) as Event

const account = 'arn:aws:execute-api:eu-central-1:123456789012:abcdef123/prod'

/** An event as the gateway of this form writes it. */
export const eventOf: Readonly<Record<Form, (asked: Asked) => Event>> = {
  rest: ({ method = 'GET', target, headers = {} }) => {
    const [pathname = '', query = ''] = target.split('?')
    const searchParams = new URLSearchParams(query)
    const names = [...new Set(searchParams.keys())]
    return {
      ...recorded('rest'),
      methodArn: `${account}/${method}${pathname}`,
      path: pathname,
      httpMethod: method,
      headers: mapped(headers, values => values.at(-1)),
      multiValueHeaders: headers,
      queryStringParameters: Object.fromEntries(names.map(name => [name, searchParams.get(name)])),
      multiValueQueryStringParameters: Object.fromEntries(
        names.map(name => [name, searchParams.getAll(name)]),
      ),
    }
  },
  'http-api': ({ method = 'GET', target, headers = {} }) => {
    const [path = '', query = ''] = target.split('?')
    const event = recorded('http-api')
    const context = event['requestContext'] as Event
    return {
      ...event,
      routeArn: `${account}/${method}${path}`,
      rawPath: `/prod${path}`,
      rawQueryString: query,
      cookies: [],
      headers: mapped(lowerCased(headers), values => values.join(',')),
      requestContext: { ...context, http: { ...(context['http'] as Event), method, path } },
    }
  },
  websocket: ({ headers = {} }) => ({
    ...recorded('websocket'),
    headers: mapped(headers, values => values.at(-1)),
    multiValueHeaders: headers,
  }),
}

const mapped = <From, To>(
  entries: Readonly<Record<string, From>>,
  read: (value: From) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, read(value)]))

function lowerCased(headers: Readonly<Record<string, readonly string[]>>) {
  const lower: Record<string, string[]> = {}
  for (const [name, values] of Object.entries(headers)) {
    const key = name.toLowerCase()
    lower[key] = [...(lower[key] ?? []), ...values]
  }
  return lower
}

/** Mapped by the integration: `context.authorizer.x_user` to X-User, and so on. */
const mapping = { 'X-User': 'x_user', 'X-Role': 'x_role' } as const

/** Milliseconds that one call of the function may take. */
export async function throughGateway(
  handle: LambdaHandler,
  event: Event,
  remaining = 30_000,
): Promise<Outcome> {
  const answer = await handle(event, { getRemainingTimeInMillis: () => remaining }).catch(
    (error: Error) => error,
  )
  if (answer instanceof Error) {
    // Only REST and WebSocket APIs read the message.
    const knows = event['version'] !== '2.0'
    return { status: knows && answer.message === 'Unauthorized' ? 401 : 500 }
  }
  if ('isAuthorized' in answer) {
    return answer.isAuthorized ? pass(answer.context) : { status: 403 }
  }
  const [statement] = answer.policyDocument.Statement
  const allows = statement.Effect === 'Allow' && statement.Resource === event['methodArn']
  return allows ? pass(answer.context) : { status: 403 }
}

const pass = (context: Readonly<Record<string, string>> = {}): Outcome => ({
  status: 200,
  context,
  received: {
    ...mapped(mapping, key => context[key]),
    rule: context['rule'],
    matched: context['x_matched'],
  },
})

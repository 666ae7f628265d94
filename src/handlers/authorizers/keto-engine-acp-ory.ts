/**
 * keto_engine_acp_ory: asks ORY Keto (before 0.6) whether an access control policy allows the request.
 *
 * Takes       `required_action`, `required_resource` and `subject`: templates over the session; the client's address as
 *             the door determined it, never from a header.
 * Gives       the session, unchanged.
 * Fails with  forbidden for a 403 and when `allowed` is not true; too_many_requests; internal_server_error
 *             for any other status, an answer that is not JSON, and when Keto is unreachable.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { encodeJson, isJsonObject, type JsonValue, tryJson } from '../../lib/json.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import type { Session } from '../../model/session.ts'
import type { HttpReply } from '../../outbound/http.ts'
import { sendWithRetry } from '../../outbound/retry.ts'
import type { Kind, Step } from '../kind.ts'
import { tooManyRequests } from '../rate-limit.ts'
import { compileFields, renderAll } from '../templates.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['base_url', 'required_action', 'required_resource'],
  properties: {
    base_url: { type: 'string', format: 'uri', description: 'The Keto service.' },
    required_action: { type: 'string', description: 'A template for the action.' },
    required_resource: { type: 'string', description: 'A template for the resource.' },
    subject: {
      type: 'string',
      description: "A template for the subject; without it the session's subject.",
    },
    flavor: { type: 'string', description: 'How Keto compares; empty: `regex`.' },
  },
} as const

type Config = FromSchema<typeof schema>

const policy = { attempts: 6, wait: () => 100, retryAfterMost: 1000 }

export const ketoEngineAcpOry: Kind<Config, Step> = {
  schema,
  asksOutside: true,
  templates: ['required_action', 'required_resource', 'subject'],
  create: (config, { http, now, strategy, templateSettings }) => {
    if (strategy !== 'regexp') return () => wrongStrategy
    const url = urlOf(config)
    const templates = compileFields('config', sourcesOf(config), templateSettings)
    return async (session, request) => {
      const rendered = renderAll(templates, session)
      if ('kind' in rendered) return rendered
      const { action = '', resource = '', subject = session.subject } = Object.fromEntries(rendered)
      const context = {
        remoteIpAddress: request.client.address ?? '',
        requestedAt: new Date(now()).toISOString(),
      }
      const call = {
        method: 'POST',
        url,
        headers: { 'Content-Type': 'application/json' },
        body: `${encodeJson({ action, context, resource, subject })}\n`,
        signal: request.signal,
        trace: request.headers,
      }
      return sessionOrFailure(session, await sendWithRetry(http, () => call, policy))
    }
  },
}

const sourcesOf = (config: Config): Readonly<Record<string, string>> => ({
  action: config.required_action || 'unset',
  resource: config.required_resource || 'unset',
  ...(config.subject ? { subject: config.subject } : {}),
})

function urlOf({ base_url: base, flavor }: Config): string {
  const url = new URL(base)
  const path = `${url.pathname}/engines/acp/ory/${flavor || 'regex'}/allowed`
  url.pathname = path.replace(/\/{2,}/g, '/')
  url.hash = ''
  return url.href
}

function sessionOrFailure(session: Session, reply: HttpReply | Failure): Session | Failure {
  if (reply.kind === 'failure') {
    const { info, cause } = reply
    return internalError(`Keto could not be reached: ${info.reason ?? info.message}`, cause)
  }
  if (reply.status === 403) return forbidden
  if (reply.status === 429) return tooManyRequests(reply)
  if (reply.status !== 200) return internalError(`expected status code 200 but got ${reply.status}`)
  const allowed = allowedOf(tryJson(reply.body.toString('latin1')))
  if (allowed === undefined)
    return internalError('the answer of Keto is not a JSON object with `allowed`')
  return allowed ? session : forbidden
}

/** undefined when the answer is not valid. `null` in place of the object, and an absent or null member, mean false. */
function allowedOf(answer: JsonValue | undefined): boolean | undefined {
  if (answer === null) return false
  const allowed = isJsonObject(answer) ? (answer['allowed'] ?? false) : undefined
  return typeof allowed === 'boolean' ? allowed : undefined
}

const wrongStrategy = failure('internal_server_error', {
  message:
    'The matched handler uses Regexp MatchingStrategy which is not selected in the configuration',
})

const forbidden = failure('forbidden', { message: message.forbidden })

const internalError = (text: string, cause?: unknown): Failure =>
  failure('internal_server_error', { message: text }, cause)

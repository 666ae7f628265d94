/**
 * remote_json: asks another service with a JSON text from a template.
 *
 * Takes       `remote`; `payload` and `headers`, templates over the session.
 * Gives       the session, with the answer's headers that `forward_response_headers_to_upstream` lists.
 * Fails with  forbidden for a 403; too_many_requests; internal_server_error for any other status but 200,
 *             a payload that is not JSON, and when the service is unreachable.
 * Owns        the listed headers: one that is missing in the answer is set to an empty value.
 *
 * Redirects are not followed.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { tryJson } from '../../lib/json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { Session } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { adviseOnJson } from '../quoted-template.ts'
import { compileField } from '../templates.ts'
import {
  adviseOnVerdict,
  ask,
  compileHeaders,
  credentialsOf,
  ownedBy,
  retryPolicy,
} from './remote/ask.ts'
import { remoteSchema } from './remote/schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['remote', 'payload'],
  properties: {
    ...remoteSchema,
    payload: { type: 'string', description: 'A template that gives the JSON body of the call.' },
  },
} as const

type Config = FromSchema<typeof schema>

export const remoteJson: Kind<Config, Step> = {
  schema,
  asksOutside: true,
  templates: ['headers', 'payload'],
  owns: ownedBy,
  advice: config => [...adviseOnVerdict(config), ...adviseOnJson('payload', config.payload)],
  create: (config, { http, templateSettings }) => {
    const render = compileField('payload', config.payload, templateSettings)
    const headersFor = compileHeaders(config.headers ?? {}, templateSettings)
    const policy = retryPolicy(config)
    const forward = ownedBy(config)
    return (session, request) => {
      const body = render(session)
      if (typeof body !== 'string') return body
      if (tryJson(body) === undefined) return notJson
      const own = headersFor(session)
      if ('kind' in own) return own as Failure
      const headers = { 'Content-Type': 'application/json', ...credentialsOf(request), ...own }
      const call = {
        method: 'POST',
        url: config.remote,
        headers,
        body,
        signal: request.signal,
        trace: request.headers,
      }
      return ask(session, { http, makeCall: () => call, policy, forward, complaint: '' })
    }
  },
}

const notJson: Session | Failure = failure('internal_server_error', {
  message: 'payload is not a JSON text',
})

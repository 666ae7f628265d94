/**
 * remote: asks another service, which receives the request's body.
 *
 * Takes       `remote`, and `headers`: name to template over the session.
 * Gives       the session, with the answer's headers that `forward_response_headers_to_upstream` lists.
 * Fails with  forbidden for a 403, for a missing or incomplete body, and for one whose Content-Type is not clear;
 *             content_too_large; too_many_requests; internal_server_error for any other status but 200, and when the
 *             service is unreachable.
 * Owns        the listed headers: one that is missing in the answer is set to an empty value.
 *
 * The body is forwarded while it is read, with its Content-Type and Content-Encoding, and up to `limits.body.bytes` of
 * it are kept for a retry. Lines of Content-Type that differ, and other spellings of these two names (`Content_Type`),
 * are refused: the upstream could read the body in another way than the service. Redirects are not followed.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { Kind, Step } from '../kind.ts'
import {
  adviseOnVerdict,
  ask,
  compileHeaders,
  credentialsOf,
  ownedBy,
  retryPolicy,
} from './remote/ask.ts'
import { bodyHeadersOf } from './remote/body-headers.ts'
import { createReplay } from './remote/replay.ts'
import { remoteSchema } from './remote/schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['remote'],
  properties: remoteSchema,
} as const

type Config = FromSchema<typeof schema>

export const remote: Kind<Config, Step> = {
  schema,
  asksOutside: true,
  templates: ['headers'],
  readsBody: true,
  owns: ownedBy,
  advice: adviseOnVerdict,
  create: (config, { http, bodyBytes, templateSettings }) => {
    const headersFor = compileHeaders(config.headers ?? {}, templateSettings)
    const policy = retryPolicy(config)
    const forward = ownedBy(config)
    return async (session, request) => {
      const { body, signal } = request
      if (body?.isPartial) return bodyIncomplete
      const own = headersFor(session)
      if ('kind' in own) return own as Failure
      const described = bodyHeadersOf(request)
      if (described === undefined) return bodyUnclear
      const headers = { ...described, ...credentialsOf(request), ...own }
      const replay = body && createReplay(body.stream(), bodyBytes)
      const makeCall = () => ({
        method: 'POST',
        url: config.remote,
        headers,
        signal,
        trace: request.headers,
        ...(replay ? { body: replay.open() } : {}),
      })
      const outcome = await ask(session, { http, makeCall, policy, forward, complaint })
      return replay?.isTooLong() ? bodyTooLong : outcome
    }
  },
}

/** Oathkeeper's text. */
const complaint = 'unexpected status code: '

const bodyIncomplete = failure('forbidden', { message: 'The body is missing or incomplete' })
const bodyTooLong = failure('content_too_large', {
  message: 'The body is too long to be sent to the authorizer',
})
const bodyUnclear = failure('forbidden', { message: 'The type of the body is not clear' })

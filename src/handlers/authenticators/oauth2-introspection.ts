/**
 * oauth2_introspection: asks an OAuth 2.0 server whether a token is valid (RFC 7662).
 *
 * Takes       a token from `token_from` that begins with `prefix`; else it is not responsible.
 * Gives       Session { subject: `sub`; extra: `ext` with `username`, `client_id`, `scope`, and `aud` if there is one }.
 * Fails with  unauthorized for a token that is not active or has expired; forbidden when it lacks what the
 *             rule requires; too_many_requests; internal_server_error for any other status but 200, for an
 *             answer that is not valid, when the server is unreachable, and without metadata that name the endpoint.
 *
 * `metadata_url` names the endpoint and the issuer, as for `jwt`; `iss` may be missing in the answers of that endpoint.
 * `required_claims` are members of the answer, such as its `token_type`.
 *
 * A cached answer is checked against the rule for each request, and is not used after the token has expired.
 */
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type Session, withSession } from '../../model/session.ts'
import type { Http, HttpCall } from '../../outbound/http.ts'
import { type Authenticate, type Deps, type Kind, notResponsible } from '../kind.ts'
import { tooManyRequests } from '../rate-limit.ts'
import { compileRequestTexts } from '../request-texts.ts'
import { fixedScopes } from '../required-scopes.ts'
import { isScope } from '../scopes.ts'
import { compileTokenSource } from '../token-source.ts'
import { type Answered, type Introspection, readAnswer } from './introspection/answer.ts'
import { compileHeaders, compilePreAuthorization, makeCall } from './introspection/call.ts'
import { compileChecks, unreadableScope } from './introspection/checks.ts'
import { compileEndpoint, type Endpoint } from './introspection/endpoint.ts'
import { compileMemory } from './introspection/memory.ts'
import { type IntrospectionConfig, introspectionSchema } from './introspection/schema.ts'

export const oauth2Introspection: Kind<IntrospectionConfig, Authenticate> = {
  schema: introspectionSchema,
  asksOutside: true,
  replaces: {
    metadata_url: ['introspection_url', 'issuer'],
    introspection_url: ['metadata_url', 'issuer'],
  },
  templates: ['target_audience', 'required_scope'],
  challenge: ({ required_scope: scopes }) => ({ scopes: fixedScopes(scopes) }),
  credentials: ({ token_from: from }) => [compileTokenSource(from).credential],
  create: (config, deps) => {
    const { read, credential } = compileTokenSource(config.token_from)
    const { prefix = '' } = config
    const objectionTo = compileChecks(config, deps)
    const findEndpoint = compileEndpoint(config, deps.keySets)
    const scopesOf = compileSentScopes(config, deps)
    const memory = compileMemory(config, deps, call => introspect(deps.http, call))
    const asking = {
      config,
      headers: compileHeaders(config),
      own: compilePreAuthorization(config, deps.http, deps.now),
    }
    const evaluate = (session: Session, answer: Answered, { issuer }: Endpoint) =>
      objectionTo(answer, session, issuer) ??
      withSession(session, {
        subject: answer.read.subject,
        extra: extraOf(answer.read),
        credential,
      })

    async function ask(session: Session, { token, request, endpoint }: Question) {
      const scopes = scopesOf(session)
      if (scopes !== undefined && 'kind' in scopes) return scopes
      const call = await makeCall(asking, { url: endpoint.url, token, scopes }, request)
      if ('kind' in call) return unreachable(call)
      const key = memory.keyOf(token, request, endpoint)
      const answer = await memory.ask(key, call)
      if ('kind' in answer) return answer
      const outcome = evaluate(session, answer, endpoint)
      if (outcome.kind === 'session') memory.keep(key, answer)
      return outcome
    }

    return async (session, request) => {
      const token = read(request)
      if (typeof token !== 'string') return token ?? notResponsible
      if (!token.startsWith(prefix)) return notResponsible
      const endpoint = await findEndpoint(request)
      if (endpoint === undefined) return noEndpoint
      const known = await memory.find(memory.keyOf(token, request, endpoint))
      return known === undefined
        ? ask(session, { token, request, endpoint })
        : evaluate(session, known, endpoint)
    }
  },
}

interface Question {
  readonly token: string
  readonly request: AccessRequest
  readonly endpoint: Endpoint
}

/** Without a strategy the endpoint receives the scopes and checks them itself. */
function compileSentScopes(
  { scope_strategy: strategy, required_scope: required }: IntrospectionConfig,
  { templateSettings }: Deps,
): (session: Session) => readonly string[] | undefined | Failure {
  if (strategy !== 'none') return () => undefined
  const { fixed, render } = compileRequestTexts('required_scope', required, templateSettings)
  if (fixed !== undefined) return () => fixed
  return session => {
    const scopes = render(session)
    return scopes?.every(isScope) ? scopes : unreadableScope
  }
}

async function introspect(http: Http, call: HttpCall): Promise<Answered | Failure> {
  const reply = await http.send(call)
  if (reply.kind === 'failure') return unreachable(reply)
  if (reply.status === 429) return tooManyRequests(reply)
  if (reply.status !== 200) {
    return internalError(`Introspection returned status code ${reply.status} but expected 200`)
  }
  try {
    return readAnswer(parseJson(reply.body.toString('latin1')))
  } catch (error) {
    return internalError(
      `The answer of the introspection endpoint is malformed: ${(error as Error).message}`,
    )
  }
}

function extraOf({ ext, username, clientId, scope, audience }: Introspection): JsonObject {
  const known = { username, client_id: clientId, scope }
  const all = audience.length === 0 ? known : { ...known, aud: audience }
  return isJsonObject(ext) ? { ...ext, ...all } : all
}

const internalError = (text: string, cause?: unknown): Failure =>
  failure('internal_server_error', { message: text }, cause)

const unreachable = ({ info, cause }: Failure): Failure =>
  internalError(
    `The introspection endpoint could not be reached: ${info.reason ?? info.message}`,
    cause,
  )

const noEndpoint = internalError('The metadata of the issuer name no introspection endpoint')

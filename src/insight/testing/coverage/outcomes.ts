/** Every outcome that a handler can have, as the headers of `src/handlers` and docs/handlers say. */
const failing = (...codes: readonly string[]): readonly string[] => ['ok', ...codes]
const responsible = (...codes: readonly string[]): readonly string[] => [
  'ok',
  'not_responsible',
  ...codes,
]
const template = failing('internal_server_error')
const session = responsible('unauthorized', 'forbidden')

export const outcomes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  authenticator: {
    anonymous: responsible(),
    bearer_token: session,
    cookie_session: session,
    jwt: responsible('unauthorized'),
    noop: failing(),
    oauth2_client_credentials: responsible('unauthorized'),
    oauth2_introspection: responsible('unauthorized', 'forbidden'),
    unauthorized: ['unauthorized'],
  },
  authorizer: {
    allow: failing(),
    cel: failing('forbidden'),
    deny: ['forbidden'],
    keto_engine_acp_ory: failing('forbidden'),
    remote: failing('forbidden'),
    remote_json: failing('forbidden'),
  },
  mutator: {
    cookie: failing(),
    header: failing(),
    hydrator: template,
    id_token: failing(),
    noop: failing(),
    query: failing(),
    remove: failing(),
    response_cookie: failing(),
    response_header: failing(),
  },
}

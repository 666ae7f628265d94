/** Random handlers with any configuration that both systems accept. */
import fc from 'fast-check'
import type { DataMap } from '../conformance/types.ts'
import { dataFile, stubUrl } from './places.ts'
import { authorizerWords, hydratorWords, ketoWords } from './stubs.ts'

export interface Reference {
  readonly handler: string
  readonly config?: DataMap
}

type Settings = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** Any subset of the settings; required ones are always included. */
const handler = (
  name: string,
  settings: Settings = {},
  required: readonly string[] = [],
): fc.Arbitrary<Reference> =>
  fc
    .record(settings, { requiredKeys: [...required] as never[] })
    .map(config => ({ handler: name, config: config as DataMap }))

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const texts = (...values: readonly string[]) => fc.subarray([...values])

const templates = [
  '{{ print .Subject }}',
  'plain',
  '',
  '{{ .Extra.team }}',
  '{{ print .Extra.n }}-{{ .MatchContext.Method }}',
  '{{ .MatchContext.URL }}',
  '{{ .MatchContext.URL.Path }}|{{ .MatchContext.URL.RawQuery }}|{{ .MatchContext.URL.Host }}',
  '{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}',
  '{{ len .MatchContext.RegexpCaptureGroups }}',
  '{{ .MatchContext.Header.Get "X-Custom" }}',
  '{{ if .Extra }}yes{{ else }}no{{ end }}',
  '{{ range $k, $v := .Extra }}{{ $k }}={{ print $v }};{{ end }}',
  '{{ .Extra | toJson }}',
  '{{ .Extra.deep.missing.more }}',
  '{{ printf "%s %v %q" .Subject .Extra.n .Subject }}',
  '{{ index .Extra "list" }}',
  '{{ (index .MatchContext.RegexpCaptureGroups 5) }}',
  '{{ .Subject | upper | trunc 3 | quote }}',
  '{{ .Extra.team | default "none" | title | b64enc }}',
  '{{ .MatchContext.URL.Path | splitList "/" | join "," | replace "a" "b" }}',
  '{{ regexReplaceAll "[^a-z]" .Subject "_" }}-{{ .Extra.n | int }}-{{ add 1 .Extra.n }}',
  '{{ dict "s" .Subject "n" .Extra.n | toJson }}{{ hasKey .Extra "team" }}',
  '{{ .Extra.list | first }}{{ ternary "y" "n" (eq .Subject "alice") }}',
  '{{ trimPrefix "/" .MatchContext.URL.Path | sha256sum | substr 0 8 }}',
  '{{ coalesce .Extra.team .Subject "x" | kebabcase }}',
] as const
const template = some(...templates)

const source = fc.oneof(
  fc.record({ header: some('X-Token', 'Authorization') }),
  fc.record({ query_parameter: some('token', 'auth') }),
  fc.record({ cookie: some('session', 'token') }),
)

const sessions: Settings = {
  check_session_url: some(stubUrl('/session'), stubUrl('/session/deeper?x=1')),
  preserve_path: fc.boolean(),
  preserve_query: fc.boolean(),
  preserve_host: fc.boolean(),
  subject_from: some('subject', 'identity.id', 'extra.team', 'missing'),
  extra_from: some('extra', 'identity.traits', '@this', 'missing'),
  force_method: some('', 'GET', 'POST'),
  additional_headers: some({}, { 'X-Added': 'yes' }),
}

const scopes = some('hierarchic', 'exact', 'wildcard', 'none')

export const authenticator: fc.Arbitrary<Reference> = fc.oneof(
  { weight: 1, arbitrary: handler('noop') },
  { weight: 2, arbitrary: handler('anonymous', { subject: some('guest', '', 'näme') }) },
  { weight: 1, arbitrary: handler('unauthorized') },
  {
    weight: 4,
    arbitrary: handler('jwt', {
      jwks_urls: some(
        [dataFile('jwks-rsa.json')],
        [dataFile('jwks-rsa2.json'), dataFile('jwks-rsa.json')],
        [dataFile('jwks-mixed.json')],
      ),
      required_scope: texts('read', 'a', 's1'),
      target_audience: texts('a1', 'a2'),
      trusted_issuers: some([], ['https://issuer.test/'], ['https://other.test/']),
      allowed_algorithms: some(['RS256'], ['RS256', 'ES256', 'HS256'], ['PS256', 'RS512']),
      scope_strategy: scopes,
      token_from: source,
    }),
  },
  {
    weight: 3,
    arbitrary: handler('cookie_session', { ...sessions, only: texts('session', 'other') }),
  },
  {
    weight: 3,
    arbitrary: handler('bearer_token', { ...sessions, token_from: source, prefix: some('', 'k-') }),
  },
  {
    weight: 3,
    arbitrary: handler('oauth2_introspection', {
      introspection_url: some(stubUrl('/introspect')),
      required_scope: texts('read', 'write'),
      target_audience: texts('a1', 'a2'),
      trusted_issuers: some([], ['https://issuer.test/']),
      scope_strategy: scopes,
      token_from: source,
      prefix: some('', 'k-'),
      introspection_request_headers: some({}, { 'X-Own': 'own', 'X-Forwarded-Proto': 'https' }),
      preserve_host: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: handler('oauth2_client_credentials', {
      token_url: some(stubUrl('/token')),
      required_scope: texts('read', 'write'),
    }),
  },
)

const forwarded = texts('X-Authz', 'X-Role', 'X-User', 'X-Missing')
const retry = fc.constant({ max_delay: '1ms', give_up_after: '10ms' })

export const authorizer: fc.Arbitrary<Reference> = fc.oneof(
  { weight: 6, arbitrary: handler('allow') },
  { weight: 1, arbitrary: handler('deny') },
  {
    weight: 3,
    arbitrary: handler(
      'remote',
      {
        remote: some(...authorizerWords).map(word => stubUrl(`/authz/${word}`)),
        headers: some(
          {},
          { 'X-Subject': '{{ print .Subject }}' },
          { 'X-Team': '{{ .Extra.team }}' },
        ),
        forward_response_headers_to_upstream: forwarded,
        retry,
      },
      ['remote'],
    ),
  },
  {
    weight: 3,
    arbitrary: handler(
      'remote_json',
      {
        remote: some(...authorizerWords).map(word => stubUrl(`/authz/${word}`)),
        payload: some(
          '{}',
          '{"s":"{{ print .Subject }}"}',
          '{{ .Extra | toJson }}',
          'not json',
          '{"g":"{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}"}',
        ),
        headers: some({}, { 'X-Subject': '{{ print .Subject }}' }),
        forward_response_headers_to_upstream: forwarded,
        retry,
      },
      ['remote', 'payload'],
    ),
  },
  {
    weight: 2,
    arbitrary: handler(
      'keto_engine_acp_ory',
      {
        base_url: some(...ketoWords).map(word => stubUrl(`/keto/${word}`)),
        required_action: some(
          'act',
          '{{ .MatchContext.Method }}',
          'a:{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}',
        ),
        required_resource: some('res', '{{ .MatchContext.URL.Path }}'),
        subject: some('', '{{ .Extra.team }}', 'fix'),
        flavor: some('regex', 'exact', 'glob'),
      },
      ['base_url', 'required_action', 'required_resource'],
    ),
  },
)

const named = (...names: readonly string[]) =>
  fc.dictionary(some(...names), template, { maxKeys: 3, minKeys: 1 })

export const mutator: fc.Arbitrary<Reference> = fc.oneof(
  { weight: 2, arbitrary: handler('noop') },
  {
    weight: 5,
    arbitrary: handler('header', { headers: named('X-User', 'X-Two', 'x-lower', 'X-Role') }, [
      'headers',
    ]),
  },
  {
    weight: 2,
    arbitrary: handler('cookie', { cookies: named('user', 'other', 'session') }, ['cookies']),
  },
  {
    weight: 2,
    arbitrary: some(...hydratorWords).map(word => ({
      handler: 'hydrator',
      config: {
        api: {
          url: stubUrl(`/hydrate/${word}`),
          retry: { give_up_after: '1s', max_delay: '1ms' },
        },
      },
    })),
  },
  {
    weight: 2,
    arbitrary: handler('id_token', {
      issuer_url: some('https://i.test/', 'urn:x'),
      claims: some(
        '{"s":"{{ print .Subject }}"}',
        '{"aud":["x"],"n":1}',
        '{{ .Extra | toJson }}',
        'broken',
      ),
      ttl: some('1h', '10s'),
    }),
  },
)

const conditions = fc.array(
  fc.record(
    {
      error: texts('unauthorized', 'forbidden', 'internal_server_error', 'not_found'),
      request: fc.record(
        {
          header: fc.record(
            {
              accept: texts('text/html', 'application/json', 'text/*'),
              content_type: texts('application/json', 'text/plain'),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
  { maxLength: 2 },
)

export const errorHandler: fc.Arbitrary<Reference> = fc.oneof(
  handler('json', { verbose: fc.boolean(), when: conditions }),
  handler(
    'redirect',
    {
      to: some('https://login.test/', 'https://login.test/x?a=b', '/relative'),
      code: some(301, 302),
      return_to_query_param: some('return_to', 'r'),
      when: conditions,
    },
    ['to'],
  ),
  handler('www_authenticate', { realm: some('simple'), when: conditions }),
)

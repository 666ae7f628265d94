/** Random configuration, rules and requests. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { DataMap, Request, Scenario } from '../conformance/types.ts'
import { authenticator, authorizer, errorHandler, mutator, type Reference } from './handlers.ts'
import { dataFile, stubUrl } from './places.ts'
import { basicOf, routes, words } from './stubs.ts'

const data = new URL('../conformance/data/', import.meta.url)
const tokens = Object.keys(
  JSON.parse(readFileSync(new URL('tokens.json', data), 'utf8')) as Record<string, string>,
)

/** Some patterns with URLs that they match, or nearly. */
const patterns = {
  regexp: [
    ['', ['/', '/a', '/a/b?x=1']],
    ['/things/<[0-9]+>', ['/things/7', '/things/x', '/things/7/']],
    ['/<(?i)any>/<.*>', ['/ANY/thing', '/any/', '/any']],
    ['/<.*>', ['/deep/er/path', '/%61/b', '/ä', '/']],
    ['/v<1|2>/<(?<name>[a-z]+)>', ['/v1/abc', '/v2/x', '/v3/x']],
  ],
  glob: [
    ['', ['/', '/a']],
    ['/things/<*>', ['/things/7', '/things/a/b']],
    ['/<**>', ['/deep/er', '/']],
    ['/<{a,b}>/<?>', ['/a/x', '/b/xy', '/c/x']],
  ],
} as const

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH'] as const

interface Shape {
  readonly pattern: readonly [string, readonly string[]]
  readonly rule: DataMap
}

const upstream = fc.record({
  url: some(stubUrl(''), stubUrl('/'), stubUrl('/up'), stubUrl('/up/base/'), `http://\${DOWN}`),
  preserve_host: fc.boolean(),
  strip_path: some('', '', '/things', 'any/'),
})

const parts = fc.record({
  upstream,
  methods: fc.subarray([...methods], { minLength: 1 }),
  authenticators: fc.array(authenticator, { minLength: 1, maxLength: 3 }),
  authorizer,
  // Oathkeeper would share the templates of two equal mutators: it names them by rule and header.
  mutators: fc.uniqueArray(mutator, {
    minLength: 1,
    maxLength: 3,
    selector: ({ handler }) => handler,
  }),
  errors: fc.option(fc.array(errorHandler, { maxLength: 2 }), { nil: undefined, freq: 2 }),
})

const shape = (strategy: 'regexp' | 'glob'): fc.Arbitrary<Shape> =>
  fc
    .tuple(some(...patterns[strategy]), parts)
    .map(([pattern, rest]) => ({ pattern: pattern as Shape['pattern'], rule: rest as never }))

/** Each rule has a host of its own, so that one difference affects one rule. */
const toRule = ({ pattern, rule }: Shape, index: number): DataMap => {
  const { methods: verbs, ...rest } = rule
  return {
    id: `r${index}`,
    match: { url: `http://h${index}.test${pattern[0]}`, methods: verbs ?? [] },
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
  }
}

const word = some(...words)
const bearer = (name: string): string => `Bearer \${TOKEN:${name}}`

const credentials: fc.Arbitrary<readonly (readonly [string, string])[]> = fc.oneof(
  fc.constant([]),
  some(...tokens).map(name => [['Authorization', bearer(name)]] as const),
  some('rs256', 'aud-list', 'scp-list', 'rich').map(
    name => [['Authorization', bearer(name)]] as const,
  ),
  word.map(one => [['Authorization', `Bearer k-${one}`]] as const),
  word.map(one => [['Cookie', `session=k-${one}; other=1`]] as const),
  word.map(one => [['X-Token', `k-${one}`]] as const),
  word.map(one => [['Authorization', basicOf(one)]] as const),
  some('bearer x', 'Bearer', 'Bearer ', 'Basic !!', 'Basic eDp5', 'Negotiate x').map(
    text => [['Authorization', text]] as const,
  ),
  word.map(one => [['Cookie', `token=k-${one}`]] as const),
)

const extras = fc.subarray(
  [
    ['Accept', 'text/html'],
    ['Accept', 'application/json, text/html;q=0.5'],
    ['Content-Type', 'application/json'],
    ['X-Custom', 'custom value'],
    ['X-User', 'spoofed'],
    ['X-Request-Id', 'id-1'],
    ['Cookie', 'extra=1'],
  ] as (readonly [string, string])[],
  { maxLength: 3 },
)

const query = some('', '', '?q=1', '?token=k-alice&b=2', '?auth=k-bob', '?a=%20b&c=d+e')

const requestFor = ({ pattern }: Shape, index: number): fc.Arbitrary<Request> =>
  fc
    .record({
      path: some(...pattern[1]),
      query,
      method: some(...methods, 'GET', 'GET'),
      to: some('api' as const, 'api' as const, 'proxy' as const),
      credentials,
      extras,
      body: some(undefined, undefined, 'text', '{"a":1}'),
    })
    .map(({ path, query: search, method, to, credentials: own, extras: more, body }) => {
      const hasBody = body !== undefined && ['POST', 'PUT', 'PATCH'].includes(method)
      return {
        to,
        method,
        host: `h${index}.test`,
        path: `${to === 'api' ? '/decisions' : ''}${path}${path.includes('?') ? '' : search}`,
        headers: [...own, ...more.filter(([name]) => !own.some(([taken]) => taken === name))],
        ...(hasBody ? { body } : {}),
      }
    })

const requests = (shapes: readonly Shape[]): fc.Arbitrary<readonly Request[]> =>
  fc
    .tuple(
      ...shapes.map((one, index) =>
        fc.array(requestFor(one, index), { minLength: 8, maxLength: 8 }),
      ),
    )
    .map(lists => lists.flat())

/** Enables everything that rules use, with its required settings. */
const required: Readonly<Record<string, Readonly<Record<string, DataMap>>>> = {
  authenticators: {
    noop: {},
    anonymous: {},
    unauthorized: {},
    jwt: { jwks_urls: [dataFile('jwks-rsa.json')] },
    cookie_session: { check_session_url: stubUrl('/session') },
    bearer_token: { check_session_url: stubUrl('/session') },
    oauth2_introspection: { introspection_url: stubUrl('/introspect') },
    oauth2_client_credentials: { token_url: stubUrl('/token') },
  },
  authorizers: {
    allow: {},
    deny: {},
    remote: { remote: stubUrl('/authz/ok') },
    remote_json: { remote: stubUrl('/authz/ok'), payload: '{}' },
    keto_engine_acp_ory: {
      base_url: stubUrl('/keto/ok'),
      required_action: 'act',
      required_resource: 'res',
    },
  },
  mutators: {
    noop: {},
    header: { headers: {} },
    cookie: { cookies: {} },
    hydrator: { api: { url: stubUrl('/hydrate/ok') } },
    id_token: { issuer_url: 'https://g.test/', jwks_url: dataFile('jwks-private-rsa.json') },
  },
}

/**
 * A setting of the same kind in the global section: it is merged with that of a rule, except for `token_from`, of
 * which Oathkeeper uses only one.
 */
const sections = fc
  .tuple(fc.array(authenticator, { maxLength: 3 }), fc.array(mutator, { maxLength: 1 }))
  .map(([authenticators, mutators]) => ({
    authenticators: enable('authenticators', authenticators),
    authorizers: enable('authorizers', []),
    mutators: enable('mutators', mutators),
  }))

/** These have no configuration. */
const bare = new Set(['noop', 'unauthorized', 'allow', 'deny'])

function enable(section: string, more: readonly Reference[]): DataMap {
  const base = required[section] ?? {}
  return Object.fromEntries(
    Object.entries(base).map(([name, config]) => {
      const { token_from: _, ...own } = more.find(({ handler }) => handler === name)?.config ?? {}
      return [
        name,
        bare.has(name) ? { enabled: true } : { enabled: true, config: { ...config, ...own } },
      ]
    }),
  )
}

const errors = fc
  .tuple(errorHandler, fc.subarray(['json', 'redirect', 'www_authenticate'], { minLength: 1 }))
  .map(([one, fallback]) => {
    const base: Readonly<Record<string, DataMap>> = {
      json: { verbose: true },
      redirect: { to: 'https://global.test/' },
      www_authenticate: { realm: 'global' },
    }
    const handlers = Object.entries(base).map(([name, config]) => [
      name,
      { enabled: true, config: name === one.handler ? { ...config, ...one.config } : config },
    ])
    return { fallback, handlers: Object.fromEntries(handlers) as DataMap }
  })

export interface Trial {
  readonly scenario: Scenario
  readonly requests: readonly Request[]
}

export const trial: fc.Arbitrary<Trial> = some(
  'regexp' as const,
  'regexp' as const,
  'glob' as const,
)
  .chain(strategy =>
    fc.tuple(
      fc.constant(strategy),
      sections,
      errors,
      fc.array(shape(strategy), { minLength: 12, maxLength: 12 }),
    ),
  )
  .chain(([strategy, handlers, global, shapes]) =>
    requests(shapes).map(list => ({
      scenario: {
        stubs: { main: { routes } },
        config: {
          ...handlers,
          errors: global,
          access_rules: { matching_strategy: strategy },
        } as DataMap,
        rules: shapes.map(toRule),
        ignore: ['json.error.reason', 'json.error.debug', 'json.error.details.jwt_claims'],
      },
      requests: list,
    })),
  )

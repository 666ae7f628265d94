/** Answers of the other services: a word in the request selects them, so that the generator controls them. */
import type { Answer, DataMap, Route } from '../conformance/types.ts'

const session: Readonly<Record<string, Answer>> = {
  alice: {
    json: { subject: 'alice', extra: { team: 'red', n: 7, list: [1, 'two'], deep: { a: null } } },
  },
  bob: { json: { subject: 'bob', extra: {} } },
  plain: { json: { subject: 'carol' } },
  nested: { json: { identity: { id: 'nested-id', traits: { team: 'blue' } }, subject: 'outer' } },
  number: { json: { subject: 5, extra: { a: 1 } } },
  nosub: { json: { extra: { a: 1 } } },
  nullsub: { json: { subject: null, extra: null } },
  textextra: { json: { subject: 'alice', extra: 'x' } },
  created: { status: 201, json: { subject: 'alice' } },
  html: { body: '<html>', headers: { 'Content-Type': 'text/html' } },
  array: { json: [1, 2] },
}

const statuses: Readonly<Record<string, Answer>> = Object.fromEntries(
  [400, 401, 403, 404, 500, 502, 503].map(status => [`is${status}`, { status, body: 'no' }]),
)

const limited: Answer = {
  status: 429,
  headers: { 'Retry-After': '0', 'X-RateLimit-Limit': '10', 'X-Other': 'hidden' },
}

const introspection: Readonly<Record<string, Answer>> = {
  alice: {
    json: {
      active: true,
      sub: 'alice',
      scope: 'read write',
      client_id: 'app',
      username: 'al',
      aud: ['a1', 'a2'],
      iss: 'https://issuer.test/',
      ext: { team: 'red' },
    },
  },
  bob: { json: { active: true, sub: 'bob', scope: '', aud: 'a1' } },
  plain: { json: { active: true } },
  nested: { json: { active: true, sub: 'n', scope: 'read.deep', token_use: 'access_token' } },
  number: { json: { active: true, sub: 'x', exp: 4_085_510_400, nbf: 1 } },
  nosub: { json: { active: false, sub: 'alice' } },
  nullsub: { json: { active: true, sub: 'x', token_use: 'refresh_token' } },
  textextra: { json: { active: true, sub: 'x', token_type: 'refresh_token' } },
  created: { status: 201, json: { active: true, sub: 'alice' } },
  html: { body: '<html>' },
  array: { json: [1, 2] },
}

const token: Readonly<Record<string, Answer>> = {
  alice: { json: { access_token: 'abc', token_type: 'bearer', expires_in: 3600 } },
  bob: { json: { access_token: 'abc' } },
  plain: { json: { error: 'invalid_client' } },
  nested: { json: { token: 'abc' } },
  number: { status: 400, json: { error: 'invalid_scope' } },
  nosub: { status: 401, json: { error: 'invalid_client' } },
  nullsub: { status: 404 },
  textextra: { status: 503 },
  created: { status: 201, json: { access_token: 'abc' } },
  html: { body: '<html>' },
  array: { json: [1] },
}

/** Words in place of a credential: they select the answer of the services. */
export const words = [...Object.keys(session), ...Object.keys(statuses), 'is429', 'is302'] as const

const moved: Answer = { status: 302, headers: { Location: '/moved' } }
const others = { ...statuses, is429: limited, is302: moved }

/** The place of the word differs from service to service. */
function routesFor(
  path: string,
  answers: Readonly<Record<string, Answer>>,
  place: (word: string) => DataMap,
): readonly Route[] {
  return Object.entries({ ...answers, ...others }).map(
    ([word, answer]) => ({ path, ...place(word), ...answer }) as Route,
  )
}

export const basicOf = (word: string): string =>
  `Basic ${Buffer.from(`k-${word}:secret`).toString('base64')}`

const authorizer: Readonly<Record<string, Answer>> = {
  ok: { status: 200, headers: { 'X-Authz': 'yes', 'X-Role': 'admin', 'X-User': 'from-authz' } },
  no: { status: 403, body: 'no' },
  odd: { status: 204 },
  broken: { status: 400 },
  lost: { status: 404 },
  limited,
  moved,
}

const keto: Readonly<Record<string, Answer>> = {
  ok: { json: { allowed: true } },
  no: { status: 403, json: { allowed: false } },
  odd: { json: { allowed: false } },
  broken: { json: [] },
  lost: { status: 404 },
  limited,
}

const hydration: Readonly<Record<string, Answer>> = {
  ok: { merge_json: { extra: { team: 'hydrated', level: 3 } } },
  subject: { merge_json: { subject: 'hydrated' } },
  headers: { merge_json: { header: { 'X-Hydrated': ['one'] } } },
  empty: { json: {} },
  no: { status: 401 },
  broken: { body: '<html>' },
  lost: { status: 404 },
}

const byPath = (prefix: string, answers: Readonly<Record<string, Answer>>): readonly Route[] =>
  Object.entries(answers).map(([name, answer]) => ({ path: `${prefix}/${name}*`, ...answer }))

export const authorizerWords = Object.keys(authorizer)
export const ketoWords = Object.keys(keto)
export const hydratorWords = Object.keys(hydration)

export const routes: readonly Route[] = [
  { path: '/up*', headers: { 'X-Up': 'yes' }, body: 'upstream ok' },
  { path: '/moved', json: { subject: 'moved', active: true, access_token: 'moved' } },
  ...byPath('/authz', authorizer),
  ...byPath('/keto', keto),
  ...byPath('/hydrate', hydration),
  ...routesFor('/introspect*', introspection, word => ({ body_contains: `k-${word}` })),
  ...routesFor('/token*', token, word => ({ header_contains: { authorization: basicOf(word) } })),
  ...routesFor('*', session, word => ({ header_contains: { cookie: `k-${word}` } })),
  ...routesFor('*', session, word => ({ header_contains: { authorization: `k-${word}` } })),
  { path: '*', status: 401, json: { error: 'nobody' } },
]

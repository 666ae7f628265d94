/** Envoy: what its filter and its routes do with requests, and what it does with the answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainRule } from '../../../support/lint.ts'
import { type Edge, edgeFindings } from '../../../support/lint-edge.ts'

const types = 'type.googleapis.com/envoy.extensions.filters'
const filterType = `${types}.http.ext_authz.v3.ExtAuthz`
const perRoute = (own: object) => ({
  '@type': `${types}.http.ext_authz.v3.ExtAuthzPerRoute`,
  ...own,
})
const wrapped = (own: object) => ({
  '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
  ...own,
})
const off = (setting: object) => ({ typed_per_filter_config: { ext_authz: setting } })
const isOff = perRoute({ disabled: true })

interface Parts {
  readonly filter?: object
  readonly routes?: readonly object[]
  readonly host?: object
  readonly table?: object
  readonly listeners?: readonly object[]
}

const all = { match: { prefix: '/' }, route: { cluster: 'shop' } }

const manager = (parts: Parts, filters: readonly object[]) => ({
  '@type': `${types}.network.http_connection_manager.v3.HttpConnectionManager`,
  normalize_path: true,
  merge_slashes: true,
  path_with_escaped_slashes_action: 'REJECT_REQUEST',
  common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
  route_config: {
    ...parts.table,
    virtual_hosts: [{ domains: ['*'], routes: parts.routes ?? [all], ...parts.host }],
  },
  http_filters: filters,
})

const listener = (one: object) => ({ filter_chains: [{ filters: [{ typed_config: one }] }] })

function envoy(parts: Parts): Edge {
  const own = {
    '@type': filterType,
    grpc_service: { envoy_grpc: { cluster_name: 'oarlock' }, timeout: '2s' },
    encode_raw_headers: true,
    with_request_body: { max_request_bytes: 65_536 },
    ...parts.filter,
  }
  const checking = listener(manager(parts, [{ name: 'ext_authz', typed_config: own }]))
  return {
    file: 'envoy.json',
    text: JSON.stringify({
      static_resources: { listeners: [checking, ...(parts.listeners ?? [])] },
    }),
  }
}

const conditional = plainRule('orders', {
  match: { url: 'https://shop.example/orders', methods: ['GET'], headers: { 'X-Tenant': 'red' } },
})
const absent = plainRule('orders', {
  match: { url: 'https://shop.example/orders', methods: ['GET'], headers: { 'X-Tenant': null } },
})
const removing = plainRule('orders', {
  mutators: [{ handler: 'remove', config: { headers: ['X-Debug', 'X-Internal-*'] } }],
})
const reading = (bytes: number) =>
  plainRule('orders', {
    match: { url: 'https://shop.example/orders', methods: ['POST'] },
    body: { parse: 'json', max_bytes: bytes },
  })

type Case = readonly [
  what: string,
  parts: Parts,
  codes: readonly string[],
  rules?: readonly object[],
]

const weighted = (...clusters: readonly object[]) => ({
  match: { prefix: '/' },
  route: { weighted_clusters: { clusters } },
})

const cases: readonly Case[] = [
  ['all is well', {}, []],

  ['joined headers', { filter: { encode_raw_headers: false } }, ['header-hidden'], [conditional]],
  ['joined headers by default', { filter: { encode_raw_headers: null } }, ['header-hidden'], [conditional]],
  ['headers as they are', {}, [], [conditional]],
  ['joined headers that no condition compares', { filter: { encode_raw_headers: null } }, []],
  ['joined headers that must be absent', { filter: { encode_raw_headers: null } }, [], [absent]],

  ['a route', { routes: [{ ...all, ...off(isOff) }] }, ['check-disabled']],
  ['a wrapped setting', { routes: [{ ...all, ...off(wrapped({ config: isOff })) }] }, ['check-disabled']],
  ['a wrapper that is off', { routes: [{ ...all, ...off(wrapped({ disabled: true })) }] }, ['check-disabled']],
  ['a wrapper that is on', { routes: [{ ...all, ...off(wrapped({ config: perRoute({}) })) }] }, []],
  ['a virtual host', { host: off(isOff) }, ['check-disabled']],
  ['a wrapper of a virtual host', { host: off(wrapped({ disabled: true })) }, ['check-disabled']],
  ['a table', { table: off(isOff) }, ['check-disabled']],
  ['a route that switches it on again', { host: off(isOff), routes: [{ ...all, ...off(perRoute({})) }] }, []],
  ['the only weighted cluster', { routes: [weighted({ name: 'shop', ...off(isOff) })] }, ['check-disabled']],
  ['one of two weighted clusters', {
    routes: [weighted({ name: 'shop' }, { name: 'canary', ...off(isOff) })],
  }, ['check-disabled']],
  ['a weighted cluster that switches it on again', {
    routes: [{ ...weighted({ name: 'shop', ...off(perRoute({})) }), ...off(isOff) }],
  }, []],
  ['weighted clusters with a check', { routes: [weighted({ name: 'shop' }, { name: 'canary' })] }, []],
  ['a cluster that a header names', {
    routes: [{ match: { prefix: '/' }, route: { cluster_header: 'x-to' }, ...off(isOff) }],
  }, ['check-disabled']],
  ['an answer of the route itself', {
    routes: [{ match: { prefix: '/orders' }, direct_response: { status: 404 }, ...off(isOff) }, all],
  }, []],
  ['a redirect', {
    routes: [{ match: { prefix: '/orders' }, redirect: { https_redirect: true }, ...off(isOff) }, all],
  }, []],
  ['copies of requests', {
    routes: [{ ...all, route: { cluster: 'shop', request_mirror_policies: [{ cluster: 'copy' }] } }],
    listeners: [listener(manager({ routes: [{ ...all, route: { cluster: 'copy' } }] }, []))],
  }, []],
  ['an empty prefix', { routes: [{ ...all, match: { prefix: '' }, ...off(isOff) }] }, ['check-disabled']],
  ['a path in another case', {
    routes: [{ ...all, match: { prefix: '/Orders', case_sensitive: false }, request_headers_to_remove: ['x-user'], ...off(isOff) }, all],
  }, ['check-disabled']],
  ['behind a route for some headers only', {
    routes: [
      { ...all, match: { prefix: '/orders', headers: [{ name: 'x-a', present_match: true }] } },
      { ...all, request_headers_to_remove: ['x-user'], ...off(isOff) },
    ],
  }, ['check-disabled']],
  ['behind a route for all of its requests', {
    routes: [
      { ...all, match: { prefix: '/orders' } },
      { ...all, request_headers_to_remove: ['x-user'], ...off(isOff) },
    ],
  }, []],
  ['two listeners, one of them open', {
    listeners: [listener(manager({}, []))],
  }, ['check-disabled']],
  ['a listener that redirects, beside a checked answer', {
    routes: [{ match: { path: '/health' }, direct_response: { status: 200 } }, all],
    listeners: [listener(manager({ routes: [{ match: { prefix: '/' }, redirect: { https_redirect: true } }] }, []))],
  }, []],

  ['no changes', { filter: { decoder_header_mutation_rules: { disallow_all: true } } }, ['header-not-copied']],
  ['no changes, as a message', {
    filter: { decoder_header_mutation_rules: { disallow_all: { value: true } } },
  }, ['header-not-copied']],
  ['no changes of a name', {
    filter: { decoder_header_mutation_rules: { disallow_expression: { regex: 'x-u.*' } } },
  }, ['header-not-copied']],
  ['a name that rules remove', {
    filter: { decoder_header_mutation_rules: { disallow_expression: { regex: 'x-debug' } } },
  }, ['header-not-copied'], [removing]],
  ['names of Envoy that rules set', { filter: { decoder_header_mutation_rules: {} } }, ['header-not-copied'], [
    plainRule('orders', { mutators: [{ handler: 'header', config: { headers: { 'X-Envoy-Peer': 'a' } } }] }),
  ]],
  ['no changes but ours', {
    filter: { decoder_header_mutation_rules: { disallow_all: true, allow_expression: { regex: 'x-(user|debug|internal-).*' } } },
  }, [], [plainRule('orders'), { ...removing, id: 'others', match: plainRule('others').match }]],
  ['no changes of another name', {
    filter: { decoder_header_mutation_rules: { disallow_expression: { regex: 'x-us' } } },
  }, []],

  ['a body that is cut', { filter: { with_request_body: { max_request_bytes: 100 } } }, ['body-not-sent'], [reading(101)]],
  ['a body that is cut and sent', {
    filter: { with_request_body: { max_request_bytes: 100, allow_partial_message: true } },
  }, ['body-not-sent'], [reading(65_536)]],
  ['the whole body', { filter: { with_request_body: { max_request_bytes: 100 } } }, [], [reading(100)]],
  ['more than the body', {
    filter: { with_request_body: { max_request_bytes: 200, allow_partial_message: true } },
  }, [], [reading(100)]],
] // biome-ignore format: a table

for (const [what, parts, expected, rules = [plainRule('orders')]] of cases) {
  test(`${what}: ${expected.join(', ') || 'nothing'}`, async t => {
    const { codes } = await edgeFindings(t, rules, envoy(parts))
    assert.deepEqual([...new Set(codes)], expected)
  })
}

const staticOff = {
  match: { prefix: '/static' },
  route: { cluster: 'files' },
  ...off(isOff),
}
for (const [what, match, expected] of [
  [
    'the last path',
    { hosts: ['shop.example'], paths: ['/a', '/b', '/static/x'] },
    ['check-disabled'],
  ],
  ['any host', { paths: ['/static/x'] }, ['check-disabled']],
  ['no path', { hosts: ['shop.example'], paths: ['/a', '/b'] }, []],
] as const) {
  test(`an open route takes ${what} of a rule`, async t => {
    const edge = envoy({ routes: [staticOff, all], host: { domains: ['shop.example'] } })
    const { codes } = await edgeFindings(t, [plainRule('orders', { match })], edge)
    assert.deepEqual(codes, expected)
  })
}

test('a change that is an error denies requests', async t => {
  const filter = {
    decoder_header_mutation_rules: { disallow_all: true, disallow_is_error: true },
  }
  const { messages } = await edgeFindings(t, [plainRule('orders')], envoy({ filter }))
  assert.match(messages.join(), /changing X-User, .* such requests are denied with 500/)
})

test('routes that are not understood are named', async t => {
  const routes = [{ ...all, match: { path_match_policy: { name: 'template' } } }]
  const { err } = await edgeFindings(t, [plainRule('orders')], envoy({ routes }))
  assert.match(err, /not checked: routes with path_match_policy/)
})

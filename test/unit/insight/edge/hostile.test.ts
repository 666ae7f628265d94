/** Files of callers, settings and comments may be anything: nothing throws, and nothing takes long. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAgentgateway } from '../../../../src/insight/edge/agentgateway/agentgateway.ts'
import { readCaddy } from '../../../../src/insight/edge/caddy/caddy.ts'
import type { EdgeFile } from '../../../../src/insight/edge/caller.ts'
import { locatedDocuments } from '../../../../src/insight/edge/document.ts'
import { readEnvoy } from '../../../../src/insight/edge/envoy/envoy.ts'
import { knownKinds, readResources } from '../../../../src/insight/edge/kubernetes/resources.ts'
import { readNginx } from '../../../../src/insight/edge/nginx/nginx.ts'
import { parseNginx } from '../../../../src/insight/edge/nginx/syntax.ts'
import { readEdges } from '../../../../src/insight/edge/read.ts'
import { readTraefik } from '../../../../src/insight/edge/traefik/traefik.ts'
import { temporaryFolder } from '../../../support/folder.ts'

const manager =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const filter = 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'
const keys = [
  '@type', 'http_filters', 'typed_config', 'name', 'route_config', 'virtual_hosts', 'routes', 'match',
  'prefix', 'safe_regex', 'regex', 'route', 'cluster', 'domains', 'grpc_service', 'http_service',
  'typed_per_filter_config', 'disabled', 'allowed_headers', 'patterns', 'exact', 'http', 'middlewares',
  'routers', 'forwardAuth', 'kind', 'apiVersion', 'spec', 'rules', 'filters', 'type', 'externalAuth',
  'extAuth', 'extensionProviders', 'action', 'to', 'operation', 'paths', 'items', 'virtualhost',
  'authorization', 'authPolicy', 'includes', 'conditions', 'services', 'extauth', 'namedExtauth', 'virtualHost',
  'options', 'matchers', 'prefix_regex', 'bypass_auth', 'config', 'metadata', 'annotations', 'data',
  'global-auth-url', 'nginx.ingress.kubernetes.io/auth-url', 'backend', 'host', 'path', 'targetRefs', 'disable',
  'matches', 'hostnames', 'value', 'includeRequestBody', 'binds', 'listeners', 'policies', 'extAuthz', 'backends',
  'chain', 'passThroughAuth', 'configs', 'httpService', 'response',
] // biome-ignore format: words
const texts = [
  manager,
  filter,
  'HTTPRoute',
  'SecurityPolicy',
  'AuthorizationPolicy',
  'CUSTOM',
  'ExternalAuth',
  '(',
  '*',
  '1s',
]

const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, 0, -1, ...texts),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 5 }),
  ),
})).any

test('any document is read without an exception', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), root => {
      const found = locatedDocuments('f', JSON.stringify(root))
      const document = 'kind' in found ? undefined : found[0]
      assert.ok(document)
      for (const read of [readEnvoy, readTraefik, readAgentgateway]) useAll(read(document))
    }),
    { numRuns: 2000 },
  )
})

const useAll = (file: EdgeFile | undefined): void => {
  for (const { unchecked } of file?.callers ?? []) {
    for (const { takes, removes } of unchecked) {
      takes('h', '/a')
      removes('x-a')
    }
  }
}

test('any resources are read without an exception', () => {
  const part = fc.dictionary(fc.constantFrom(...keys), value)
  const resource = fc.record({
    name: fc.constantFrom(...knownKinds),
    parts: fc.record({ spec: part, data: part, metadata: part }, { requiredKeys: [] }),
  })
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(resource, { minLength: 1, maxLength: 4 }), drawn => {
      const documents = drawn.flatMap(({ name, parts }) => {
        seen.add(name)
        const [group = '', kind] = name.split('/')
        const written = { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, ...parts }
        const found = locatedDocuments('f', JSON.stringify(written))
        return 'kind' in found ? [] : found
      })
      assert.equal(documents.length, drawn.length)
      for (const file of readResources(documents)) useAll(file)
    }),
    { numRuns: 4000 },
  )
  assert.deepEqual([...seen].sort(), [...knownKinds].sort())
})

const words = [
  'location',
  'auth_request',
  'proxy_pass',
  '{',
  '}',
  ';',
  '"',
  "'",
  '#',
  '\n',
  '/',
  '\\',
  '$',
  'forward_auth',
  'reverse_proxy',
  'rewrite',
  ' ',
  'x',
]

test('any text is read as nginx and as a Caddyfile without an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), parts => {
      readNginx('f', `auth_request ${parts.join('')}`)
      readCaddy('f', `forward_auth ${parts.join('')}`)
    }),
    { numRuns: 2000 },
  )
})

test('blocks that nest deeply, and long words, are read in linear time', () => {
  for (const text of [
    'a {'.repeat(50_000),
    'a'.repeat(1_000_000),
    '"\\'.repeat(200_000),
    '# x\n'.repeat(100_000),
  ]) {
    assert.equal(parseNginx(text).name, '')
  }
})

test('the places of directives are those of the text', () => {
  const [first, second] = parseNginx('a b;\n\n  # c\n  d "e f" {\n    g;\n  }\n').block
  assert.deepEqual([first?.name, first?.args, first?.line, first?.column], ['a', ['b'], 1, 1])
  assert.deepEqual([second?.args, second?.line, second?.column], [['e f'], 4, 3])
  assert.deepEqual([second?.block[0]?.line, second?.block[0]?.column], [5, 5])
})

test('an expression of a route that backtracks is compared in linear time', async t => {
  const file = join(temporaryFolder(t), 'envoy.json')
  const route = { match: { safe_regex: { regex: '/(a+)+$' } }, route: { cluster: 'c' } }
  const config = {
    '@type': manager,
    http_filters: [{ name: 'f', disabled: true, typed_config: { '@type': filter } }],
    route_config: { virtual_hosts: [{ domains: ['*'], routes: [route] }] },
  }
  writeFileSync(file, JSON.stringify({ static_resources: [config] }))
  const read = await readEdges([file])
  const [unchecked] = read.callers[0]?.unchecked ?? []
  assert.equal(unchecked?.takes('h', `/${'a'.repeat(50_000)}!`), false)
  assert.equal(unchecked?.takes('h', '/aaa'), true)
})

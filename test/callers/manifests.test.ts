/**
 * Hand-written samples must agree with the manifests beside them; `make samples` makes the others with real
 * programs.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { root } from '../support/folder.ts'

const read = (file: string) => readFileSync(join(root, 'deploy', file), 'utf8')

/** Every value with this key, at any depth. */
function all(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name ? [inner] : all(inner, name),
  )
}

const only = (value: unknown, name: string): unknown => {
  const [first, ...others] = all(value, name)
  assert.deepEqual([first === undefined, others], [false, []], name)
  return first
}

const manifests = (...files: string[]): unknown[] =>
  files.flatMap(file => parseAllDocuments(read(file)).map(document => document.toJS()))

const filterOf = (sample: unknown): unknown =>
  all(sample, 'typed_config').flatMap(function find(config): unknown[] {
    const type = `${(config as Readonly<Record<string, unknown>>)['@type']}`
    return type.endsWith('.ExtAuthz') ? [config] : all(config, 'typed_config').flatMap(find)
  })[0]

const names = (filter: unknown, list: string): string[] =>
  all(only(filter, list), 'exact').map(String).sort()

const seconds = (text: unknown): number => Number(`${text}`.replace(/s$/, ''))

for (const form of ['grpc', 'http']) {
  test(`Emissary, ${form}`, () => {
    const asked = manifests(`emissary/${form}.yaml`)
    const sample = parse(read(`emissary/samples/${form}.json`))
    const filter = filterOf(sample)
    assert.equal(seconds(all(filter, 'timeout')[0]) * 1000, only(asked, 'timeout_ms'))
    assert.deepEqual(only(filter, 'status_on_error'), only(asked, 'status_on_error'))
    assert.equal(only(filter, 'max_request_bytes'), only(asked, 'max_bytes'))
    const module = manifests('emissary/edge.yaml')
    const underscores = 'headers_with_underscores_action'
    assert.equal(only(sample, underscores), only(module, underscores))
    assert.equal(only(sample, 'merge_slashes'), only(module, 'merge_slashes'))
    assert.equal(only(sample, 'path_with_escaped_slashes_action'), 'REJECT_REQUEST')
  })

  test(`Gloo, ${form}`, () => {
    const asked = manifests(`gloo/${form}.yaml`)
    const sample = parse(read(`gloo/samples/${form}.json`))
    const filter = filterOf(sample)
    assert.equal(all(filter, 'timeout')[0], only(asked, 'requestTimeout'))
    assert.deepEqual(
      [only(asked, 'statusOnError'), only(filter, 'status_on_error')],
      [503, { code: 'ServiceUnavailable' }],
    )
    assert.equal(only(filter, 'max_request_bytes'), only(asked, 'maxRequestBytes'))
    const edge = manifests('gloo/edge.yaml')
    assert.equal(only(sample, 'normalize_path'), only(edge, 'normalizePath'))
    assert.equal(only(sample, 'merge_slashes'), only(edge, 'mergeSlashes'))
    const slashes = only(sample, 'path_with_escaped_slashes_action')
    assert.equal(slashes, only(edge, 'pathWithEscapedSlashesAction'))
  })
}

test('Emissary, HTTP: the header lists', () => {
  const asked = manifests('emissary/http.yaml')
  const filter = filterOf(parse(read('emissary/samples/http.json')))
  for (const [list, builtIn, added] of [
    ['allowed_headers', sentAlways, 'allowed_request_headers'],
    ['allowed_upstream_headers', returnedAlways, 'allowed_authorization_headers'],
    ['allowed_client_headers', returnedAlways, 'allowed_authorization_headers'],
  ] as const) {
    const wanted = [...builtIn, ...(only(asked, added) as string[])]
    assert.deepEqual(names(filter, list), wanted.sort(), list)
  }
})

const sentAlways = [
  ...['authorization', 'cookie', 'from', 'proxy-authorization', 'user-agent'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
]
const returnedAlways = [
  ...['authorization', 'location', 'proxy-authenticate', 'set-cookie', 'www-authenticate'],
]

test('Gloo, HTTP: the header lists', () => {
  const asked = manifests('gloo/http.yaml')
  const filter = filterOf(parse(read('gloo/samples/http.json')))
  for (const [list, asks] of [
    ['allowed_headers', 'allowedHeaders'],
    ['allowed_upstream_headers', 'allowedUpstreamHeaders'],
    ['allowed_client_headers', 'allowedClientHeaders'],
  ] as const) {
    assert.deepEqual(names(filter, list), (only(asked, asks) as string[]).sort(), list)
  }
})

/** What the HTTP form needs, whichever gateway: the names that rules and their answers use. */
const readByRules = ['cookie', 'accept', 'content-type', 'x-forwarded-proto']
const setByRules = ['x-user', 'x-role', 'authorization', 'cookie']

const list = (value: unknown, name: string): unknown[] => [only(value, name)].flat()

function assertHas(found: readonly unknown[], ...wanted: readonly string[]): void {
  assert.deepEqual(
    wanted.filter(name => !found.includes(name)),
    [],
  )
}

const ports = { grpc: 4457, http: 4456 } as const

for (const form of ['grpc', 'http'] as const) {
  test(`the filter ExternalAuth, ${form}: closed, and with the names that rules need`, () => {
    const filter = only(manifests(`gateway-api/${form}.yaml`), 'externalAuth')
    assert.equal(only(filter, 'protocol'), form.toUpperCase())
    assert.deepEqual(only(filter, 'backendRef'), { name: 'oarlock', port: ports[form] })
    assert.notEqual(only(filter, form), undefined)
    if (form === 'grpc') return assert.deepEqual(all(filter, 'allowedHeaders'), [])
    assert.equal(only(filter, 'path'), '/decisions')
    assertHas(list(filter, 'allowedHeaders'), ...readByRules)
    assertHas(list(filter, 'allowedResponseHeaders'), ...setByRules)
  })

  test(`kgateway, ${form}: closed, for the whole gateway, and with the names that rules need`, () => {
    const asked = manifests(`kgateway/${form}.yaml`)
    const service = only(asked, `${form}Service`)
    assert.equal(only(asked, 'failOpen'), false)
    assert.deepEqual([all(asked, 'percentageEnabled'), all(asked, 'clearRouteCache')], [[], []])
    assert.deepEqual(only(service, 'backendRef'), { name: 'oarlock', port: ports[form] })
    const [target] = list(asked, 'targetRefs')
    assert.equal((target as Readonly<Record<string, unknown>>)['kind'], 'Gateway')
    if (form === 'grpc') {
      assert.deepEqual(all(asked, 'headersToForward'), [])
      return assert.equal(only(asked, 'appProtocol'), 'kubernetes.io/h2c')
    }
    assert.equal(only(service, 'pathPrefix'), '/decisions')
    assertHas(list(asked, 'headersToForward'), 'authorization', ...readByRules)
    assertHas(list(service, 'headersToBackend'), ...setByRules)
    assertHas(list(service, 'headersToClient'), 'www-authenticate', 'location', 'set-cookie')
  })
}

test('agentgateway: closed, without a cache, for the whole gateway', () => {
  const asked = manifests('agentgateway/grpc.yaml')
  assert.deepEqual(only(asked, 'backendRef'), { name: 'oarlock', namespace: 'default', port: 4457 })
  assert.deepEqual([only(asked, 'grpc'), only(asked, 'appProtocol')], [{}, 'kubernetes.io/h2c'])
  const [target] = list(asked, 'targetRefs')
  assert.equal((target as Readonly<Record<string, unknown>>)['kind'], 'Gateway')
  const alone = only(manifests('agentgateway/config.yaml'), 'extAuthz')
  assert.deepEqual([only(alone, 'host'), only(alone, 'failureMode')], ['127.0.0.1:4457', 'deny'])
  for (const both of [asked, alone]) {
    for (const name of ['cache', 'conditional', 'includeRequestHeaders'])
      assert.deepEqual(all(both, name), [], name)
  }
})

for (const name of ['gateway-api', 'kgateway', 'agentgateway']) {
  test(`${name}: the page says that it is not run, and its configuration is one of Oarlock`, () => {
    assert.match(read(`${name}/README.md`), /^\*\*Not run here\*\*:/m)
    const ends = spawnSync(
      process.execPath,
      ['dist/main.js', 'validate', '-c', `deploy/${name}/oarlock.yaml`],
      { cwd: root, encoding: 'utf8' },
    )
    assert.deepEqual([ends.status, ends.stderr], [0, ''])
    assert.equal(ends.stdout, '3 rules are valid, 0 problems\n')
  })
}

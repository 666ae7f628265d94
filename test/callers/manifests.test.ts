/**
 * Hand-written samples must agree with the manifests beside them; `make samples` makes the others with real
 * programs.
 */
import assert from 'node:assert/strict'
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

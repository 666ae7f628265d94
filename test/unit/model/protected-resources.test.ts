import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResources, resourceProblem } from '../../../src/model/protected-resources.ts'

test('a resource is an https URL without query, fragment and user', () => {
  for (const resource of [
    'https://api.example',
    'https://api.example/',
    'https://api.example:8443/mcp',
    'https://api.example/a%20b/c',
    'https://[::1]/x',
    'https://API.example/Mcp',
  ])
    assert.equal(resourceProblem(resource), undefined, resource)
  for (const [resource, expected] of [
    ['http://api.example', 'an https URL such as'],
    ['https:/api.example', 'an https URL such as'],
    ['https://', 'an https URL such as'],
    ['https:///mcp', 'an https URL such as'],
    ['api.example', 'an https URL such as'],
    ['https://api.example/a b', 'an https URL such as'],
    ['https://api.example/a"b', 'an https URL such as'],
    ['https://api.example/a\\b', 'an https URL such as'],
    ['https://api.example/\r\nX: y', 'an https URL such as'],
    ['https://api.example/ö', 'an https URL such as'],
    ['https://api.example/a?b', 'without query and fragment'],
    ['https://api.example/a#b', 'without query and fragment'],
    ['https://user@api.example/', 'without a user'],
    ['https://user:pw@api.example/', 'without a user'],
    ['https://api.example/%zz', 'valid escapes'],
  ] as const)
    assert.match(resourceProblem(resource) ?? '', new RegExp(expected), resource)
})

test('the metadata stands between the host and the path', () => {
  const urls = (...names: readonly string[]) =>
    createResources(names.map(resource => ({ resource }))).all.map(({ metadataUrl }) => metadataUrl)
  assert.deepEqual(
    urls(
      'https://a.example',
      'https://a.example/',
      'https://A.example:8443/x/y',
      'https://a.example/x/',
    ),
    [
      'https://a.example/.well-known/oauth-protected-resource',
      'https://a.example/.well-known/oauth-protected-resource',
      'https://a.example:8443/.well-known/oauth-protected-resource/x/y',
      'https://a.example/.well-known/oauth-protected-resource/x/',
    ],
  )
})

const { described, onlyDescribed, around } = createResources([
  { resource: 'https://a.example' },
  { resource: 'https://a.example/x' },
  { resource: 'https://b.example/x' },
  { resource: 'https://b.example/only' },
])
const at = (path: string) => `/.well-known/oauth-protected-resource${path}`

test('metadata is found by host and path', () => {
  assert.equal(described('a.example', at(''))?.resource, 'https://a.example')
  assert.equal(described('a.example:443', at('/x'))?.resource, 'https://a.example/x')
  assert.equal(described('b.example', at('/x'))?.resource, 'https://b.example/x')
  assert.equal(described('b.example', at('')), undefined)
  assert.equal(described('a.example', at('/x/y')), undefined)
  assert.equal(described('c.example', at('/x')), undefined)
})

test('without a host it is found where only one resource has the path', () => {
  assert.equal(onlyDescribed(at('/only'))?.resource, 'https://b.example/only')
  assert.equal(onlyDescribed(at('/x')), undefined)
  assert.equal(onlyDescribed(at('/none')), undefined)
})

test('a request belongs to the resource with the longest beginning of its path', () => {
  assert.equal(around('a.example', '/x/y')?.resource, 'https://a.example/x')
  assert.equal(around('a.example', '/xy')?.resource, 'https://a.example')
  assert.equal(around('b.example', '/y'), undefined)
})

test('the document has the settings as they are written', () => {
  const settings = {
    resource: 'https://a.example',
    resource_name: 'Bücher',
    scopes_supported: ['a'],
  }
  const [one] = createResources([settings]).all
  assert.deepEqual(JSON.parse(String(one?.document)), settings)
  assert.ok(one?.document.includes(Buffer.from('Bücher')))
})

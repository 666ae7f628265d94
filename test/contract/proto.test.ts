import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import '@grpc/proto-loader' // protobufjs then knows google/protobuf/descriptor.proto
import protobuf from 'protobufjs'
import { loadContract } from '../../.ci/contract/load.ts'

/** Fields that are newer than the official files of the development dependency: checked by hand below. */
const newer = ['envoy.service.auth.v3.CheckResponse.error_response']

/** Messages of which every official field must be declared. */
const complete = [
  'envoy.service.auth.v3.CheckRequest',
  'envoy.service.auth.v3.AttributeContext',
  'envoy.service.auth.v3.AttributeContext.Peer',
  'envoy.service.auth.v3.AttributeContext.Request',
  'envoy.service.auth.v3.AttributeContext.HttpRequest',
  'envoy.service.auth.v3.AttributeContext.TLSSession',
  'envoy.service.auth.v3.CheckResponse',
  'envoy.service.auth.v3.OkHttpResponse',
  'envoy.service.auth.v3.DeniedHttpResponse',
  'envoy.config.core.v3.HeaderMap',
  'envoy.config.core.v3.HeaderValue',
  'envoy.config.core.v3.HeaderValueOption',
  'envoy.config.core.v3.Metadata',
  'envoy.config.core.v3.QueryParameter',
  'google.rpc.Status',
]

const ours = loadContract()
const official = loadOfficial()

function loadOfficial(): protobuf.Root {
  const deps = join(
    dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json')),
    'deps',
  )
  const folders = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map(name =>
    join(deps, name),
  )
  const root = new protobuf.Root()
  root.resolvePath = (_, name) =>
    folders.map(folder => join(folder, name)).find(path => existsSync(path)) ?? name
  root.loadSync('envoy/service/auth/v3/external_auth.proto', { keepCase: true })
  root.resolveAll()
  return root
}

/** The declarations of this repository; google.protobuf comes with the library on both sides. */
function declared(namespace: protobuf.NamespaceBase): protobuf.ReflectionObject[] {
  return namespace.nestedArray.flatMap(object => {
    const inner = object instanceof protobuf.Namespace ? declared(object) : []
    return object instanceof protobuf.Type || object instanceof protobuf.Enum
      ? [object, ...inner]
      : inner
  })
}

const nameOf = ({ fullName }: protobuf.ReflectionObject): string => fullName.slice(1)

const own = declared(ours).filter(object => !nameOf(object).startsWith('google.protobuf.'))

const shapeOf = (field: protobuf.FieldBase): object => ({
  number: field.id,
  type: field.resolvedType?.fullName ?? field.type,
  repeated: field.repeated,
  keyType: field instanceof protobuf.MapField ? field.keyType : undefined,
  oneof: field.partOf?.name,
})

const fieldsOf = (type: protobuf.Type): Record<string, object> =>
  Object.fromEntries(type.fieldsArray.map(field => [field.name, shapeOf(field)]))

test('the contract declares messages and enums', () => {
  assert.ok(own.length > 20)
})

for (const object of own) {
  const name = nameOf(object)
  if (object instanceof protobuf.Enum) {
    test(`${name} has exactly the official values`, () => {
      assert.deepEqual({ ...object.values }, { ...official.lookupEnum(name).values })
    })
  }
  if (object instanceof protobuf.Type) {
    test(`every field of ${name} is as in the official file`, () => {
      const theirs = fieldsOf(official.lookupType(name))
      for (const [field, shape] of Object.entries(fieldsOf(object))) {
        if (newer.includes(`${name}.${field}`)) continue
        assert.deepEqual(shape, theirs[field], field)
      }
    })
  }
}

for (const name of complete) {
  test(`${name} declares every official field`, () => {
    const ourFields = Object.keys(fieldsOf(ours.lookupType(name)))
    const missing = Object.keys(fieldsOf(official.lookupType(name))).filter(
      field => !ourFields.includes(field),
    )
    assert.deepEqual(missing, [])
  })
}

test('error_response, which the official files do not have yet, is field 5 of the answer', () => {
  const { fields } = official.lookupType('envoy.service.auth.v3.CheckResponse')
  assert.equal(fields['error_response'], undefined, 'compare it like the other fields now')
  const response = ours.lookupType('envoy.service.auth.v3.CheckResponse')
  assert.deepEqual(fieldsOf(response)['error_response'], {
    number: 5,
    type: '.envoy.service.auth.v3.DeniedHttpResponse',
    repeated: false,
    keyType: undefined,
    oneof: 'http_response',
  })
})

test('Check takes and returns the official messages', () => {
  const methods = [ours, official].map(root => {
    const { Check } = root.lookupService('envoy.service.auth.v3.Authorization').methods
    return [
      Check?.resolvedRequestType?.fullName,
      Check?.resolvedResponseType?.fullName,
      Check?.requestStream,
      Check?.responseStream,
    ]
  })
  assert.deepEqual(methods[0], methods[1])
})

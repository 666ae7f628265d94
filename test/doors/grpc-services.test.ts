import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { protoPath } from 'grpc-health-check'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { loadContract } from '../../.ci/contract/load.ts'
import { createGate } from '../../src/doors/gate.ts'
import { type GrpcListener, listenGrpc } from '../../src/doors/grpc/server.ts'
import { createTrust } from '../../src/doors/request/trust.ts'

const authorization = 'envoy.service.auth.v3.Authorization'

async function open(t: TestContext): Promise<GrpcListener> {
  const listener = await listenGrpc({
    transport,
    address: { host: '127.0.0.1', port: 0 },
    decide: () => Promise.reject(new Error('this service makes no checks')),
    trust: createTrust([]),
    paths: defaultPaths,
    limits: { pathBytes: 1, headerBytes: 1, bodyBytes: 1 },
    decisionTimeout: 1000,
    gate: createGate(1),
    messageBytes: 1000,
    concurrentStreams: 10,
    onDoorDenial: () => undefined,
    onBug: () => undefined,
  })
  t.after(() => listener.close(0))
  return listener
}

type Call = (request: object, answer: (error: ServiceError | null, value?: unknown) => void) => void
type Stream = NodeJS.ReadWriteStream & { write(request: object): boolean; cancel(): void }

function clientOf(
  t: TestContext,
  [file, service]: readonly [file: string, service: string],
  address: string,
): Client & Record<string, unknown> {
  const options = { keepCase: true, defaults: true, enums: String, bytes: Buffer, oneofs: true }
  const loaded = loadPackageDefinition(loadSync(file, options))
  const found = service
    .split('.')
    .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], loaded)
  const client = new (found as new (address: string, how: object) => Client)(
    address,
    credentials.createInsecure(),
  )
  t.after(() => client.close())
  return client as Client & Record<string, unknown>
}

const healthService = [protoPath, 'grpc.health.v1.Health'] as const

const checkHealth = (client: Record<string, unknown>, service: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const check = client['Check'] as Call
    check.call(client, { service }, (error, value) =>
      value === undefined ? reject(error) : resolve((value as { status: unknown }).status),
    )
  })

test("health follows the application's state, for the server and for the service", async t => {
  const listener = await open(t)
  const client = clientOf(t, healthService, listener.address)
  for (const service of ['', authorization]) {
    listener.setServing(false)
    assert.equal(await checkHealth(client, service), 'NOT_SERVING')
    listener.setServing(true)
    assert.equal(await checkHealth(client, service), 'SERVING')
  }
})

test('a listener that was just opened is NOT_SERVING', async t => {
  const client = clientOf(t, healthService, (await open(t)).address)
  assert.equal(await checkHealth(client, ''), 'NOT_SERVING')
})

test('the health of an unknown service is NOT_FOUND', async t => {
  const client = clientOf(t, healthService, (await open(t)).address)
  await assert.rejects(checkHealth(client, 'other'), { code: status.NOT_FOUND })
})

test('a health watch receives the shutdown and does not delay it', async t => {
  const listener = await open(t)
  listener.setServing(true)
  const client = clientOf(t, healthService, listener.address)
  const watch = client['Watch'] as (request: object) => Stream
  const stream = watch.call(client, { service: authorization })
  stream.on('error', () => undefined) // the end of the server ends the watch
  const [first] = await once(stream, 'data')
  assert.equal(first.status, 'SERVING')
  const changed = once(stream, 'data')
  const closed = listener.close(50)
  assert.equal((await changed)[0].status, 'NOT_SERVING')
  await closed
})

const reflectionFolder = join(
  dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json')),
  'build/proto/grpc/reflection',
)

interface Reflected {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] }
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] }
  readonly error_response?: object
}

/** Sends one request to a version of the reflection service. */
async function reflect(t: TestContext, version: string, question: object): Promise<Reflected> {
  const { address } = await open(t)
  const client = clientOf(
    t,
    [
      join(reflectionFolder, version, 'reflection.proto'),
      `grpc.reflection.${version}.ServerReflection`,
    ],
    address,
  )
  const ask = client['ServerReflectionInfo'] as () => Stream
  const stream = ask.call(client)
  stream.write(question)
  const [answer] = await once(stream, 'data')
  const ended = once(stream, 'end')
  stream.end()
  await ended
  return answer
}

for (const version of ['v1', 'v1alpha']) {
  test(`reflection ${version} lists the services`, async t => {
    const { list_services_response } = await reflect(t, version, { list_services: '*' })
    const names = list_services_response?.service.map(({ name }) => name).sort()
    assert.deepEqual(names, [authorization, 'grpc.health.v1.Health'])
  })
}

interface FileDescriptor {
  readonly name: string
  readonly package: string
  readonly dependency: readonly string[]
}

async function filesOf(t: TestContext, symbol: string): Promise<readonly Buffer[]> {
  const { file_descriptor_response } = await reflect(t, 'v1', { file_containing_symbol: symbol })
  return file_descriptor_response?.file_descriptor_proto ?? []
}

const decode = (file: Buffer): FileDescriptor =>
  descriptor.FileDescriptorProto.decode(file) as unknown as FileDescriptor

for (const symbol of [authorization, 'grpc.health.v1.Health']) {
  test(`the files of ${symbol} come with all that they import`, async t => {
    const files = (await filesOf(t, symbol)).map(decode)
    const names = files.map(({ name }) => name)
    assert.ok(names.length > 0)
    for (const name of files.flatMap(({ dependency }) => dependency)) {
      assert.ok(names.includes(name), `${name} is missing`)
    }
  })
}

/** A root built from the descriptors only, as a tool without the proto files builds it. */
function rootOf(files: readonly Buffer[]): protobuf.Root {
  const set = { file: files.map(file => descriptor.FileDescriptorProto.decode(file)) }
  const { fromDescriptor } = protobuf.Root as unknown as {
    fromDescriptor(set: object): protobuf.Root
  }
  return fromDescriptor.call(protobuf.Root, set).resolveAll() as protobuf.Root
}

test('a request made from the reflected descriptors has the same bytes', async t => {
  const name = 'envoy.service.auth.v3.CheckRequest'
  const reflected = rootOf(await filesOf(t, authorization)).lookupType(name)
  const own = loadContract().lookupType(name)
  const message = {
    attributes: {
      source: { address: { socket_address: { address: '127.0.0.1', port_value: 80 } } },
      request: { http: { method: 'GET', path: '/', host: 'h', scheme: 'http' } },
    },
  }
  const encode = (type: protobuf.Type) =>
    Buffer.from(type.encode(type.fromObject(message)).finish())
  assert.deepEqual(encode(reflected), encode(own))
})

interface DescribedField {
  readonly name: string
  readonly typeName?: string
  readonly label: number
}
interface DescribedMessage {
  readonly name: string
  readonly field: readonly DescribedField[]
  readonly nestedType: readonly (DescribedMessage & { readonly options?: { mapEntry?: boolean } })[]
}

test('a map is a repeated entry message with map_entry', async t => {
  const files = (await filesOf(t, authorization)).map(decode)
  const { messageType } = files.find(
    file => file.package === 'envoy.service.auth.v3',
  ) as unknown as { messageType: readonly DescribedMessage[] }
  const context = messageType.find(({ name }) => name === 'AttributeContext')
  const field = context?.field.find(({ name }) => name === 'context_extensions')
  assert.equal(field?.label, 3)
  assert.equal(field?.typeName, '.envoy.service.auth.v3.AttributeContext.ContextExtensionsEntry')
  const entry = context?.nestedType.find(({ name }) => name === 'ContextExtensionsEntry')
  assert.equal(entry?.options?.mapEntry, true)
  assert.deepEqual(
    entry?.field.map(({ name }) => name),
    ['key', 'value'],
  )
})

test('fields of the well-known types have their official names', async t => {
  const files = (await filesOf(t, authorization)).map(decode)
  const { messageType } = files.find(file => file.package === 'google.protobuf') as unknown as {
    messageType: readonly DescribedMessage[]
  }
  const value = messageType.find(({ name }) => name === 'Value')
  assert.ok(value?.field.some(({ name }) => name === 'null_value'))
})

test('an unknown symbol gets an error answer', async t => {
  const { error_response } = await reflect(t, 'v1', { file_containing_symbol: 'no.such.Thing' })
  assert.ok(error_response)
})

import { defaultPaths } from '../support/paths.ts'
import { transport } from '../support/transport.ts'

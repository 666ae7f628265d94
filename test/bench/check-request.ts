import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import { headers, host, pathOf } from './request.ts'

/** Envoy's own definitions: four folders of a development dependency. */
const deps = fileURLToPath(new URL('../../node_modules/@grpc/grpc-js-xds/deps', import.meta.url))
const folders = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map(name =>
  join(deps, name),
)

const definition = loadSync('envoy/service/auth/v3/external_auth.proto', {
  includeDirs: folders,
  keepCase: true,
  longs: Number,
})
const service = definition['envoy.service.auth.v3.Authorization'] as ServiceDefinition
const check = service['Check'] as MethodDefinition<object, CheckResponse>

interface CheckResponse {
  readonly status?: { readonly code: number } | null
  readonly ok_response?: { readonly headers: readonly HeaderValueOption[] } | null
}
interface HeaderValueOption {
  readonly header: {
    readonly key: string
    readonly value?: string
    readonly raw_value?: Uint8Array
  }
}

/** What Envoy sends for a browser's request: about 0.9 KB without a token. */
export function encodeCheck(rule: number, token?: string): Buffer {
  const path = pathOf(rule)
  const message = {
    attributes: {
      source: address('203.0.113.7', 51_724),
      destination: address('10.1.2.3', 8080),
      request: {
        time: { seconds: 1_750_000_000, nanos: 123_456_000 },
        http: {
          id: '12345678901234567890',
          method: 'GET',
          headers: envoyHeaders(path, token),
          path,
          host,
          scheme: 'http',
          protocol: 'HTTP/1.1',
        },
      },
    },
  }
  return check.requestSerialize(message)
}

const envoyHeaders = (path: string, token: string | undefined) => ({
  ':authority': host,
  ':method': 'GET',
  ':path': path,
  ':scheme': 'http',
  ...headers,
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'http',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
})

const address = (ip: string, port: number) => ({
  address: { socket_address: { address: ip, port_value: port } },
})

/** The status code of a CheckResponse (0: allow) and the value that it sets X-User to. */
export function readCheck(bytes: Buffer): { readonly code: number; readonly user: string } {
  const { status, ok_response } = check.responseDeserialize(bytes)
  const headers = ok_response?.headers ?? []
  const found = headers.find(({ header }) => header.key.toLowerCase() === 'x-user')?.header
  return {
    code: status?.code ?? 0,
    user: found?.value || Buffer.from(found?.raw_value ?? []).toString(),
  }
}

/** gRPC's framing: not compressed, the length, the message. */
export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

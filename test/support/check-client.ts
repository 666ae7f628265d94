/** A real gRPC client that sends checks as Envoy does. */
import { fileURLToPath } from 'node:url'
import {
  type ChannelCredentials,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Cleanup } from './cleanup.ts'

const includeDirs = [fileURLToPath(new URL('../../proto', import.meta.url))]
const definition = loadSync('envoy/service/auth/v3/external_auth.proto', {
  includeDirs,
  keepCase: true,

  defaults: true,
})

interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string }
  readonly append: { readonly value: boolean } | null
  readonly append_action: string
}

export interface CheckResponse {
  readonly status: { readonly code: number; readonly message: string } | null
  readonly ok_response: {
    readonly headers: readonly HeaderOption[]
    readonly headers_to_remove: readonly string[]
    readonly response_headers_to_add: readonly HeaderOption[]
    readonly query_parameters_to_set: readonly { readonly key: string; readonly value: string }[]
    readonly query_parameters_to_remove: readonly string[]
  } | null
  readonly denied_response: {
    readonly status: { readonly code: number } | null
    readonly headers: readonly HeaderOption[]
    readonly body: string
  } | null
  readonly dynamic_metadata: object | null
}

interface Client {
  Check(
    request: object,
    options: object,
    done: (error: ServiceError | null, response: CheckResponse) => void,
  ): void
  close(): void
}

export interface CheckOptions {
  readonly method?: string
  readonly scheme?: string
  readonly host?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly raw_body?: Buffer
}

/** Over TLS the library sends the host as SNI name, and Node does not accept an address there. */
const named = { 'grpc.ssl_target_name_override': 'localhost' }

/** Sends one check; rejects on a gRPC error, which a decision never is. */
export function checkClient(
  t: Cleanup,
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): (check: CheckOptions) => Promise<CheckResponse> {
  const { envoy } = loadPackageDefinition(definition) as unknown as {
    envoy: {
      service: {
        auth: {
          v3: {
            Authorization: new (address: string, credentials: object, options: object) => Client
          }
        }
      }
    }
  }
  const client = new envoy.service.auth.v3.Authorization(address, channel, named)
  t.after(() => client.close())
  return http =>
    new Promise((resolve, reject) => {
      const request = {
        attributes: { request: { http: { method: 'GET', scheme: 'http', ...http } } },
      }
      client.Check(request, { deadline: Date.now() + 5000 }, (error, response) => {
        if (error) reject(error)
        else resolve(response)
      })
    })
}

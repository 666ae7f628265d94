import { contractRoot } from '../../src/doors/grpc/messages.ts'

const request = contractRoot.lookupType('envoy.service.auth.v3.CheckRequest')
const response = contractRoot.lookupType('envoy.service.auth.v3.CheckResponse')

/** `request.http` of a CheckRequest; UTF-16 text. */
export interface CheckHttp {
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly scheme?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly header_map?: { readonly headers: readonly object[] }
  readonly body?: string
  readonly raw_body?: Uint8Array
}

export const loopbackPeer = { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } }

const ordinary = { method: 'GET', path: '/orders', host: 'app.example', scheme: 'http' }

/** A CheckRequest as Envoy sends it; `http` overrides the fields of an ordinary GET, `rest` the attributes. */
export const checkOf = (http: CheckHttp = {}, rest: object = {}): Buffer =>
  encodeAttributes({ source: loopbackPeer, request: { http: { ...ordinary, ...http } }, ...rest })

export const encodeAttributes = (attributes: object): Buffer =>
  Buffer.from(request.encode({ attributes }).finish())

/** Reads the JSON form of recorded samples; the library names the fields of Google's types in camel case. */
export function encodeJsonCheck(json: object): Buffer {
  const text = JSON.stringify(json).replaceAll('"string_value"', '"stringValue"')
  return Buffer.from(request.encode(request.fromObject(JSON.parse(text))).finish())
}

/** The raw header list of these pairs, values as bytes. */
export const rawHeaders = (...pairs: readonly (readonly [string, string | Buffer])[]) => ({
  header_map: {
    headers: pairs.map(([key, value]) => ({ key, raw_value: Buffer.from(value) })),
  },
})

export interface OptionSent {
  readonly header: { readonly key: string; readonly value?: string }
  readonly append?: { readonly value?: boolean }
  readonly append_action?: string
}

/** A CheckResponse with enum names; fields that were not sent are absent. */
export interface Answer {
  readonly status?: { readonly code?: number }
  readonly ok_response?: {
    readonly headers?: readonly OptionSent[]
    readonly headers_to_remove?: readonly string[]
    readonly response_headers_to_add?: readonly OptionSent[]
    readonly query_parameters_to_set?: readonly { readonly key: string; readonly value: string }[]
    readonly query_parameters_to_remove?: readonly string[]
  }
  readonly denied_response?: {
    readonly status?: { readonly code?: number | string }
    readonly headers?: readonly OptionSent[]
    readonly body?: string
  }
  readonly error_response?: object
  readonly dynamic_metadata?: object
}

export const answerOf = (message: Buffer): Answer =>
  response.toObject(response.decode(message), { enums: String, longs: Number }) as Answer

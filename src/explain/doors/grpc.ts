/** The gRPC port, as Envoy asks it. */
import { renderAllow, renderDeny } from '../../doors/grpc/answer/render.ts'
import { checkRequest, checkResponse } from '../../doors/grpc/messages.ts'
import { audienceOf } from '../../doors/grpc/read/audience.ts'
import { decodeCheck } from '../../doors/grpc/read/decode.ts'
import { type ReadOptions, readCheck } from '../../doors/grpc/read/read.ts'
import { refusal } from '../../doors/refusal.ts'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import type { AskedRequest } from '../asked.ts'
import { withLength } from '../asked.ts'
import type { DoorAnswer, OfflineDoor } from './contract.ts'
import { lifetimeOf } from './offline.ts'

export interface GrpcOptions extends ReadOptions {
  /** Milliseconds. */
  readonly decisionTimeout: number
}

export const createGrpc = (options: GrpcOptions): OfflineDoor => ({
  read: asked => {
    const wire = decodeCheck(messageOf(asked))
    return 'kind' in wire ? wire : readCheck(wire, options, lifetimeOf(options.decisionTimeout))
  },
  answer: (decision, request) =>
    answerOf(
      decision.kind === 'allow'
        ? renderAllow(decision)
        : renderDeny({ ...decision, audience: audienceOf(request) }),
    ),
  refuse: failed =>
    answerOf(renderDeny({ failure: failed, reply: refusal(failed), audience: 'http' })),
})

/** The check that Envoy sends: names in lower case, values of one name joined. */
function messageOf(asked: AskedRequest): Buffer {
  const { method, scheme, host, target, body, address, context } = asked
  const headers = new Map<string, string>()
  for (const [name, value] of withLength(asked)) {
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value : `${before}${separator(key)}${value}`)
  }
  const http = {
    method: textOf(method),
    scheme,
    host: textOf(host),
    path: textOf(target),
    headers: Object.fromEntries([...headers].map(([key, value]) => [key, textOf(value)])),
    ...(body === undefined ? {} : { raw_body: body }),
  }
  const source = { address: { socket_address: { address, port_value: 1 } } }
  return checkRequest
    .encode({ attributes: { source, request: { http }, context_extensions: context } })
    .finish() as Buffer
}

const separator = (key: string): string => (key === 'cookie' ? '; ' : ',')

interface Option {
  readonly header: { readonly key: string; readonly value: string }
}

interface Decoded {
  readonly denied_response?: {
    readonly status?: { readonly code?: number }
    readonly headers?: readonly Option[]
    readonly body?: string
  }
  readonly ok_response?: {
    readonly headers?: readonly Option[]
    readonly headers_to_remove?: readonly string[]
    readonly response_headers_to_add?: readonly Option[]
  }
}

function answerOf(message: Buffer): DoorAnswer {
  const decoded = checkResponse.toObject(checkResponse.decode(message)) as Decoded
  const { ok_response: ok, denied_response: denied } = decoded
  return {
    status: ok === undefined ? (denied?.status?.code ?? 403) : 200,
    headers: pairsOf((ok ?? denied)?.headers),
    removed: ok?.headers_to_remove ?? [],
    responseHeaders: pairsOf(ok?.response_headers_to_add),
    body: bytesOf(denied?.body ?? ''),
  }
}

const pairsOf = (options: readonly Option[] = []): DoorAnswer['headers'] =>
  options.map(({ header }) => [header.key, bytesOf(header.value)])

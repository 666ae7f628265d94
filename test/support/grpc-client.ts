import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import { type Answer, answerOf } from './check.ts'
import type { Cleanup } from './cleanup.ts'

const asIs = (message: Buffer): Buffer => message

export interface CheckOptions {
  /** Milliseconds from now. */
  readonly timeout?: number
  readonly metadata?: Readonly<Record<string, string>>
}

export interface CheckClient {
  /** Rejects with the gRPC error; every decision is an answer. */
  check(message: Buffer, options?: CheckOptions): Promise<Answer>
  /** Starts a check and returns a function that cancels it. */
  start(message: Buffer): () => void
  readonly client: Client
}

/** Options of grpc-js's channel, and its credentials (default: without TLS). */
export interface ClientOptions extends Readonly<Record<string, unknown>> {
  readonly channel?: ChannelCredentials
}

/** A caller of the gRPC door at `127.0.0.1:4457` or `unix:/path`; closed with the test. */
export function checkClient(
  t: Cleanup,
  address: string,
  { channel = credentials.createInsecure(), ...options }: ClientOptions = {},
): CheckClient {
  const client = new Client(address, channel, options)
  t.after(() => client.close())
  return {
    client,
    check: async (message, options) => answerOf(await unary(client, message, options)),
    start: message => {
      const call = client.makeUnaryRequest(path, asIs, asIs, message, () => undefined)
      return () => call.cancel()
    },
  }
}

const path = '/envoy.service.auth.v3.Authorization/Check'

const unary = (
  client: Client,
  message: Buffer,
  { timeout, metadata = {} }: CheckOptions = {},
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const sent = new Metadata()
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value)
    const options = timeout === undefined ? {} : { deadline: Date.now() + timeout }
    const settle = (error: ServiceError | null, answer?: Buffer): void =>
      answer === undefined ? reject(error) : resolve(answer)
    client.makeUnaryRequest(path, asIs, asIs, message, sent, options, settle)
  })

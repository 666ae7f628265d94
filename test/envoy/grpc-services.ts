/** A real gRPC server and client, for services that are behind Oarlock: messages are bytes. */
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js'
import type { Cleanup } from '../support/cleanup.ts'
import { loopback } from '../support/ports.ts'

const asIs = (message: Buffer): Buffer => message
const codec = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
}
const method = (path: string, stream: boolean) => ({
  ...codec,
  path,
  requestStream: stream,
  responseStream: stream,
})

const methods = ['/shop.Orders/Get', '/shop.Admin/Delete', '/grpc.health.v1.Health/Check'] as const

export interface Call {
  readonly path: string
  readonly metadata: Metadata
}

export interface Shop {
  readonly port: number
  /** The calls that arrived; each is returned once. */
  readonly take: () => readonly Call[]
}

/** Answers each message with itself. */
export async function startShop(t: Cleanup, options: ServerOptions = {}): Promise<Shop> {
  const calls: Call[] = []
  const server = new Server(options)
  t.after(() => server.forceShutdown())
  for (const path of methods) {
    const answer = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      calls.push({ path, metadata: call.metadata })
      done(null, call.request)
    }
    server.addService({ only: method(path, false) }, { only: answer })
  }
  const watch = '/shop.Orders/Watch'
  server.addService(
    { watch: method(watch, true) },
    {
      watch: (call: ServerDuplexStream<Buffer, Buffer>) => {
        calls.push({ path: watch, metadata: call.metadata })
        call.on('data', (message: Buffer) => call.write(message))
        call.on('end', () => call.end())
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, found: number) => (error ? reject(error) : resolve(found))
    server.bindAsync(`${loopback}:0`, ServerCredentials.createInsecure(), bound)
  })
  return { port, take: () => calls.splice(0) }
}

/** The gRPC status and its message, or the bytes of the answer. */
export type Outcome =
  | { readonly code: 0; readonly message: Buffer }
  | { readonly code: number; readonly details: string; readonly trailers: Metadata }

export interface ShopClient {
  readonly call: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Outcome>
  /** Sends the messages one after the other, each after the answer to the previous one. */
  readonly watch: (
    messages: readonly string[],
    headers?: Readonly<Record<string, string>>,
  ) => Promise<readonly string[]>
}

export function shopClient(t: Cleanup, port: number): ShopClient {
  const client = new Client(`${loopback}:${port}`, credentials.createInsecure(), {
    'grpc.default_authority': 'shop.example',
  })
  t.after(() => client.close())
  return {
    call: (path, headers = {}) =>
      new Promise(resolve => {
        const message = Buffer.from('a message')
        const settle = (error: ServiceError | null, answer?: Buffer) =>
          resolve(
            error
              ? { code: error.code, details: error.details, trailers: error.metadata }
              : { code: 0, message: answer ?? Buffer.alloc(0) },
          )
        client.makeUnaryRequest(path, asIs, asIs, message, metadataOf(headers), settle)
      }),
    watch: (messages, headers = {}) =>
      new Promise((resolve, reject) => {
        const left = [...messages]
        const seen: string[] = []
        const call = client.makeBidiStreamRequest(
          '/shop.Orders/Watch',
          asIs,
          asIs,
          metadataOf(headers),
        )
        const next = () => {
          const message = left.shift()
          if (message === undefined) call.end()
          else call.write(Buffer.from(message))
        }
        call.on('data', (answer: Buffer) => {
          seen.push(answer.toString())
          next()
        })
        call.on('error', reject)
        call.on('end', () => resolve(seen))
        next()
      }),
  }
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.add(name, value)
  return metadata
}

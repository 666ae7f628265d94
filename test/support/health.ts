import { Client, credentials } from '@grpc/grpc-js'
import type { Cleanup } from './cleanup.ts'

const asIs = (message: Buffer): Buffer => message

/** What the gRPC health service answers. One field of an enum type: its number is the second byte of the answer. */
export async function healthOf(t: Cleanup, address: string): Promise<string | undefined> {
  const client = new Client(address, credentials.createInsecure())
  t.after(() => client.close())
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const done = (error: Error | null, bytes?: Buffer): void =>
      bytes === undefined ? reject(error) : resolve(bytes)
    client.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, Buffer.alloc(0), done)
  })
  return ['UNKNOWN', 'SERVING', 'NOT_SERVING'][answer[1] ?? 0]
}

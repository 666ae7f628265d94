/** An HTTP server that can be stopped with all its connections, and started again on the same port. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from './cleanup.ts'
import { loopback } from './ports.ts'

export interface Restartable {
  readonly origin: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

export async function restartable(t: Cleanup, answer: RequestListener): Promise<Restartable> {
  const server = createServer(answer)
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, loopback, resolve)
    })
  const stop = async (): Promise<void> => {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  t.after(stop)
  return { origin: `http://${loopback}:${port}`, stop, start: () => listen(port) }
}

import type { AddressInfo, Server } from 'node:net'
import type { Cleanup } from './cleanup.ts'
import { loopback } from './ports.ts'

interface Closable extends Server {
  closeAllConnections?(): void
}

/** Listens on a free loopback port until the test ends; returns the port. */
export async function listen(t: Cleanup, server: Closable): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, loopback, resolve)
  })
  t.after(async () => {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections?.()
    await closed
  })
  return (server.address() as AddressInfo).port
}

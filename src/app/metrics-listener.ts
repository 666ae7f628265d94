/** The metrics port. */
import { createServer } from 'node:http'
import type { ListenOptions } from 'node:net'
import { createMetricsDoor, type MetricsDoorOptions } from '../doors/metrics/door.ts'
import { addressOf } from './http-listener.ts'

export interface MetricsListenerOptions extends MetricsDoorOptions {
  readonly listen: ListenOptions
}

export interface MetricsListener {
  readonly address: string
  readonly close: () => Promise<void>
}

const limits = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 16_384 }
/** Whoever scrapes needs one or two. */
const mostConnections = 100

/** Rejects when the address cannot be had. */
export async function listenMetrics(options: MetricsListenerOptions): Promise<MetricsListener> {
  const server = createServer(limits, createMetricsDoor(options))
  server.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.listen, resolve)
  })
  return {
    address: addressOf(server),
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

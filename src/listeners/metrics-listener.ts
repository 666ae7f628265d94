/** The metrics port. */
import type { ListenOptions } from 'node:net'
import { createMetricsDoor, type MetricsDoorOptions } from '../doors/metrics/door.ts'
import type { OnBug } from '../lib/guarded.ts'
import { listenHttp } from './http-listener.ts'

export interface MetricsListenerOptions extends MetricsDoorOptions {
  readonly listen: ListenOptions
  readonly onBug: OnBug
}

export interface MetricsListener {
  readonly address: string
  readonly close: () => Promise<void>
}

const limits = {
  readTimeout: 5000,
  writeTimeout: 5000,
  idleTimeout: 5000,
  silenceTimeout: 30_000,
  headerBytes: 16_384,
  /** A scraper needs one or two. */
  connections: 100,
}

/** Rejects when the address cannot be opened. */
export async function listenMetrics(options: MetricsListenerOptions): Promise<MetricsListener> {
  const { listen, onBug } = options
  const onRequest = createMetricsDoor(options)
  const listener = await listenHttp({ ...limits, listen, onRequest, onBug })
  return { address: listener.address, close: () => listener.close(0) }
}

/** The families of all metrics. prom-client, which writes them, is loaded after the ports are open, or for the first scrape. */
import { loadOnce } from '../../lib/load-once.ts'
import type { Family } from './family.ts'
import type { MetricData } from './prometheus.ts'

export type { MetricData }

export interface MetricRegistry {
  readonly add: (...families: readonly Family[]) => void
  /** Loads what writes the metrics. Its own metrics of the process begin now. */
  readonly load: () => Promise<unknown>
  /** The text of all metrics; concurrent callers share one. */
  readonly text: () => Promise<string>
  /** The metrics as data, for a process that combines those of several. */
  readonly data: () => Promise<MetricData>
  readonly contentType: string
}

export function createMetricRegistry(): MetricRegistry {
  const families: Family[] = []
  const load = loadOnce(async () => {
    const { createPrometheus } = await import('./prometheus.ts')
    return createPrometheus()
  })
  const written = async () => {
    const prometheus = await load()
    prometheus.add(families.splice(0))
    return prometheus
  }
  return {
    add: (...more) => families.push(...more),
    load,
    text: async () => (await written()).text(),
    data: async () => (await written()).data(),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}

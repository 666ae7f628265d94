/** Families to the text that Prometheus reads; prom-client adds those of the process and of Node. */
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  type Metric,
  type MetricObject,
  Registry,
} from 'prom-client'
import type { Family } from './family.ts'

export interface MetricRegistry {
  readonly add: (...families: readonly Family[]) => void
  /** All metrics at this moment; callers at the same time share one. */
  readonly text: () => Promise<string>
  /** The same as data, for another process that puts several together. */
  readonly data: () => Promise<MetricData>
  readonly contentType: string
}

export type MetricData = readonly MetricObject[]

/** The text over several processes. */
export const textOver = (all: readonly MetricData[]): Promise<string> =>
  // The type says that it takes objects; it takes lists of them.
  AggregatorRegistry.aggregate(all as unknown as MetricObject[]).metrics()

/** What several have counted, as one; states and their moments are left out. */
export async function countsOver(all: readonly MetricData[]): Promise<MetricData> {
  const counts = all.map(data => data.filter(({ type }) => counting.has(String(type))))
  const sum = AggregatorRegistry.aggregate(counts as unknown as MetricObject[])
  return (await sum.getMetricsAsJSON()) as unknown as MetricData
}

const counting = new Set(['counter', 'histogram'])

export function createMetricRegistry(): MetricRegistry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  let writing: Promise<string> | undefined
  return {
    add: (...families) => {
      // The type wants its own classes; of a metric the registry only uses `name` and `get`.
      for (const family of families) registry.registerMetric(toMetric(family) as unknown as Metric)
    },
    text: () => {
      writing ??= registry.metrics().finally(() => {
        writing = undefined
      })
      return writing
    },
    data: async () => (await registry.getMetricsAsJSON()) as unknown as MetricData,
    contentType: registry.contentType,
  }
}

const toMetric = ({ name, help, type, aggregator, read }: Family) => ({
  name,
  get: () => ({
    name,
    help,
    type,
    aggregator: aggregator ?? (type === 'gauge' ? 'max' : 'sum'),
    values: read().map(({ labels, value, suffix }) => ({
      labels,
      value,
      ...(suffix === undefined ? {} : { metricName: name + suffix }),
    })),
  }),
})

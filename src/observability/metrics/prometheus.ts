/** Writes families as the text for Prometheus; prom-client adds the metrics of the process and of Node. */
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  type Metric,
  type MetricObject,
  Registry,
} from 'prom-client'
import type { Family } from './family.ts'

export interface Prometheus {
  readonly add: (families: readonly Family[]) => void
  readonly text: () => Promise<string>
  readonly data: () => Promise<MetricData>
}

export type MetricData = readonly MetricObject[]

/** The text with the combined metrics of several processes. */
export const textOver = (all: readonly MetricData[]): Promise<string> =>
  // The types declare objects, but it takes lists of them.
  AggregatorRegistry.aggregate(all as unknown as MetricObject[]).metrics()

/** The combined counters and histograms of several processes, without gauges. */
export async function countsOver(all: readonly MetricData[]): Promise<MetricData> {
  const counts = all.map(data => data.filter(({ type }) => counting.has(String(type))))
  const sum = AggregatorRegistry.aggregate(counts as unknown as MetricObject[])
  return (await sum.getMetricsAsJSON()) as unknown as MetricData
}

const counting = new Set(['counter', 'histogram'])

export function createPrometheus(): Prometheus {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  let writing: Promise<string> | undefined
  return {
    add: families => {
      // The types require prom-client's classes, but the registry only uses `name` and `get`.
      for (const family of families) registry.registerMetric(toMetric(family) as unknown as Metric)
    },
    text: () => {
      writing ??= registry.metrics().finally(() => {
        writing = undefined
      })
      return writing
    },
    data: async () => (await registry.getMetricsAsJSON()) as unknown as MetricData,
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

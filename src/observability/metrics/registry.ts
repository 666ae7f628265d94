/** Families to the text that Prometheus reads; prom-client adds those of the process and of Node. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { Family } from './family.ts'

export interface MetricRegistry {
  readonly add: (...families: readonly Family[]) => void
  /** All metrics at this moment; callers at the same time share one. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

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
    contentType: registry.contentType,
  }
}

const toMetric = ({ name, help, type, read }: Family) => ({
  name,
  get: () => ({
    name,
    help,
    type,
    values: read().map(({ labels, value, suffix }) => ({
      labels,
      value,
      ...(suffix === undefined ? {} : { metricName: name + suffix }),
    })),
  }),
})

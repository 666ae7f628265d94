import type { Config } from '../../config/config.ts'
import { listenMetrics, type MetricsListener } from '../../listeners/metrics-listener.ts'
import type { Log } from '../../observability/log.ts'
import { bugLog } from '../doors/bug-log.ts'
import { listenOptions } from '../doors/listen-options.ts'
import { listening } from '../doors/listening.ts'
import type { Metrics } from './metrics.ts'

/** undefined when metrics are off. Rejects when the port cannot be opened. */
export async function openMetrics(
  { serve: { prometheus } }: Config,
  log: Log,
  metrics: (Pick<Metrics, 'registry'> & { readonly text?: () => Promise<string> }) | undefined,
): Promise<MetricsListener | undefined> {
  if (metrics === undefined) return undefined
  const { registry, text = registry.text } = metrics
  const opening = listenMetrics({
    listen: listenOptions(prometheus),
    path: prometheus.metrics_path,
    contentType: registry.contentType,
    text,
    onBug: bugLog(log),
  })
  return listening('serve.prometheus', prometheus, opening)
}

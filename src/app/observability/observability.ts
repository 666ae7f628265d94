/** Metrics, logs and traces as configured; those that are off add no work per request. */
import type { Config } from '../../config/config.ts'
import type { RequestListener } from '../../doors/http/listener.ts'
import { logged } from '../../doors/http/logged.ts'
import { measured } from '../../doors/http/measured.ts'
import type { Observers } from '../../engine/observe.ts'
import type { Failure } from '../../model/failure.ts'
import type { DoorName } from '../../model/request.ts'
import type { Log } from '../../observability/log.ts'
import type { Service } from '../../observability/metrics/requests.ts'
import { createLogs, redactionOf } from './logs.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { startTracing } from './tracing.ts'

export interface Observability {
  readonly metrics: Metrics | undefined
  readonly observers: Observers
  /** Wraps an HTTP door with metrics and the access log, as configured. */
  readonly watch: (listener: RequestListener, place: WatchedPlace) => RequestListener
  /** A door denied a request before the decision. */
  readonly onDoorDenial: (door: DoorName, failure: Failure) => void
  /** The gRPC port refused a connection, a stream or a call. */
  readonly onRefused: (reason: string) => void
  /** Writes and sends buffered lines and spans. */
  readonly close: () => Promise<void>
}

export interface WatchedPlace {
  readonly service: Service
  readonly scheme: 'http' | 'https'
}

/** Rejects with an Error that names the key. */
export async function createObservability(config: Config, log: Log): Promise<Observability> {
  const metrics = createMetrics(config)
  const logs = createLogs(config, log)
  metrics?.watchLosses(logs.lost)
  const tracer = await startTracing(config, log)
  const probes = config.log.level === 'trace'
  return {
    metrics,
    observers: {
      log,
      tally: metrics?.decisions,
      decisionLog: logs.decisions,
      tracer,
      query: redactionOf(config).query,
    },
    watch: (listener, { service, scheme }) => {
      const { access } = logs
      const withLog = access ? logged(listener, { log: access, scheme, probes }) : listener
      return metrics ? measured(withLog, { service, tally: metrics.requests }) : withLog
    },
    onDoorDenial: (door, failure) => {
      metrics?.decisions.recordDoorDenial(door, failure.code)
      logs.decisions?.recordDoorDenial(door, failure)
      const { code, info } = failure
      log.debug('Access request refused', { door, code, reason: info.reason ?? info.message })
    },
    onRefused: reason => {
      metrics?.refusals.record(reason)
      log.debug('HTTP/2 was refused', { door: 'grpc', reason })
    },
    close: async () => {
      await Promise.all([logs.close(), tracer?.close()])
    },
  }
}

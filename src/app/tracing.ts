import type { Config } from '../config/config.ts'
import type { Log } from '../observability/log.ts'
import type { Tracer, TracingOptions } from '../observability/tracing/contract.ts'
import { createTracer } from '../observability/tracing/tracer.ts'
import { version } from './version.ts'

interface Delivery extends Pick<TracingOptions, 'exporter' | 'ratio'> {
  /** Where the address stands in the configuration. */
  readonly key: string
}

/** undefined: there are no traces. Rejects with an Error that names the key. */
export async function startTracing({ tracing }: Config, log: Log): Promise<Tracer | undefined> {
  const delivery = deliveryOf(tracing)
  if (delivery === undefined) return undefined
  const { key, ...options } = delivery
  return createTracer({
    ...options,
    serviceName: tracing.service_name,
    serviceVersion: version,
    environment: tracing.deployment_environment,
    onProblem: problem => log.warn('Traces cannot be delivered', { problem }),
  }).catch((error: Error) => {
    throw new Error(
      error.message.startsWith('tracing.') ? error.message : `${key}: ${error.message}`,
    )
  })
}

function deliveryOf({ provider, providers }: Config['tracing']): Delivery | undefined {
  if (provider === 'otel') return otlpDelivery(providers.otlp)
  if (provider !== 'zipkin') return undefined
  const { server_url: url, sampling } = providers.zipkin
  const key = 'tracing.providers.zipkin.server_url'
  if (url === undefined) throw new Error(`${key}: found nothing`)
  return { key, exporter: { kind: 'zipkin', url }, ratio: sampling.sampling_ratio }
}

function otlpDelivery(otlp: Config['tracing']['providers']['otlp']): Delivery {
  const { server_url: server, insecure, authorization_header: authorization, sampling } = otlp
  const key = 'tracing.providers.otlp.server_url'
  if (server === undefined) throw new Error(`${key}: found nothing`)
  const url = `${insecure ? 'http' : 'https'}://${server}/v1/traces`
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  return { key, exporter: { kind: 'otlp', url, headers }, ratio: sampling.sampling_ratio }
}

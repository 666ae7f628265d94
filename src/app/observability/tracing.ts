import type { Config } from '../../config/config.ts'
import { type OtelSettings, otelSettings } from '../../config/environment.ts'
import { environment } from '../../lib/environment.ts'
import { version } from '../../lib/version.ts'
import type { Log } from '../../observability/log.ts'
import {
  type PropagatorName,
  propagatorNames,
  type Sampler,
  type Tracer,
  type TracingOptions,
} from '../../observability/tracing/contract.ts'
import { createTracer } from '../../observability/tracing/tracer.ts'

interface Delivery extends Pick<TracingOptions, 'exporter'> {
  /** The share of new traces that are recorded, from 0 to 1. */
  readonly ratio: number
  /** The configuration key of the address. */
  readonly key: string
}

/** undefined when tracing is off. Rejects with an Error that names the key. */
export async function startTracing({ tracing }: Config, log: Log): Promise<Tracer | undefined> {
  const settings = otelSettings(environment())
  const delivery = settings.disabled ? undefined : deliveryOf(tracing, settings)
  if (delivery === undefined) return undefined
  const { key, exporter, ratio } = delivery
  const options = {
    exporter,
    sampler: samplerOf(settings, ratio),
    propagators: propagatorsOf(settings),
    attributes: settings.attributes,
    serviceName: settings.serviceName ?? tracing.service_name,
    serviceVersion: version,
    environment: tracing.deployment_environment,
    onProblem: (problem: string) => log.warn('Traces cannot be delivered', { problem }),
  }
  return createTracer(options).catch((error: Error) => {
    const { message } = error
    throw new Error(message.startsWith('tracing.') ? message : `${key}: ${message}`)
  })
}

function deliveryOf(
  { provider, providers }: Config['tracing'],
  settings: OtelSettings,
): Delivery | undefined {
  if (provider === 'otel') return otlpDelivery(providers.otlp, settings)
  if (provider === 'zipkin') return zipkinDelivery(providers.zipkin)
  if (provider !== 'jaeger') return undefined
  // Its agent no longer exists: the context is forwarded, and no span is sent.
  const { trace_id_ratio: ratio } = providers.jaeger.sampling
  return { key: 'tracing.provider', exporter: { kind: 'none' }, ratio }
}

function zipkinDelivery({
  server_url: url,
  sampling,
}: Config['tracing']['providers']['zipkin']): Delivery {
  const key = 'tracing.providers.zipkin.server_url'
  if (url === undefined) throw new Error(`${key}: found nothing`)
  return { key, exporter: { kind: 'zipkin', url }, ratio: sampling.sampling_ratio }
}

function otlpDelivery(
  otlp: Config['tracing']['providers']['otlp'],
  { endpoint }: OtelSettings,
): Delivery {
  const { server_url: server, insecure, authorization_header: authorization, sampling } = otlp
  const key = 'tracing.providers.otlp.server_url'
  const own = server && `${insecure ? 'http' : 'https'}://${server}/v1/traces`
  const url = own ?? endpoint
  if (url === undefined) throw new Error(`${key}: found nothing`)
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  return { key, exporter: { kind: 'otlp', url, headers }, ratio: sampling.sampling_ratio }
}

/** As Oathkeeper reads and writes them: the last of several in one request counts. */
const usual: readonly PropagatorName[] = ['tracecontext', 'jaeger', 'b3multi', 'b3', 'baggage']

const isPropagator = (name: string): name is PropagatorName =>
  propagatorNames.some(known => known === name)

/** Throws an Error that names the variable. */
function propagatorsOf({ propagators: names }: OtelSettings): readonly PropagatorName[] {
  if (names === undefined) return usual
  const unknown = names.find(name => name !== 'none' && !isPropagator(name))
  if (unknown !== undefined) {
    const expected = `none, or some of ${propagatorNames.join(', ')}`
    throw new Error(`$OTEL_PROPAGATORS: found "${unknown}", expected ${expected}`)
  }
  return names.includes('none') ? [] : names.filter(isPropagator)
}

const samplers: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => ({ parentBased: false, ratio: 1 }),
  always_off: () => ({ parentBased: false, ratio: 0 }),
  traceidratio: ratio => ({ parentBased: false, ratio }),
  parentbased_always_on: () => ({ parentBased: true, ratio: 1 }),
  parentbased_always_off: () => ({ parentBased: true, ratio: 0 }),
  parentbased_traceidratio: ratio => ({ parentBased: true, ratio }),
}

/** The caller's sampling decision has priority unless the variable says otherwise. Throws an Error that names the variable. */
function samplerOf({ sampler }: OtelSettings, ratio: number): Sampler {
  if (sampler === undefined) return { parentBased: true, ratio }
  const make = Object.hasOwn(samplers, sampler.name) ? samplers[sampler.name] : undefined
  if (make === undefined) {
    const expected = `one of ${Object.keys(samplers).join(', ')}`
    throw new Error(`$OTEL_TRACES_SAMPLER: found "${sampler.name}", expected ${expected}`)
  }
  return make(ratioOf(sampler.argument))
}

/** Default: 1. */
function ratioOf(argument: string | undefined): number {
  const ratio = argument ? Number(argument) : 1
  if (ratio >= 0 && ratio <= 1) return ratio
  throw new Error(`$OTEL_TRACES_SAMPLER_ARG: found "${argument}", expected a number from 0 to 1`)
}

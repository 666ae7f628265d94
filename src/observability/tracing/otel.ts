/** Traces with OpenTelemetry. Contexts are passed explicitly; there is no global state. */
import {
  type Context,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api'
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3'
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import { textOf } from '../../lib/bytes.ts'
import type { Decision } from '../../model/decision.ts'
import type { Headers } from '../../model/headers.ts'
import type { AccessRequest } from '../../model/request.ts'
import { carry, type UpstreamSpan } from '../carried.ts'
import type { RecordedStep } from '../recording.ts'
import type { DecisionSpan, PropagatorName, Tracer, TracingOptions } from './contract.ts'
import { handlerName, isUntraced, matchName, spanName, upstreamName } from './names.ts'

export function createOtelTracer(options: TracingOptions): Tracer {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resourceOf(options)),
    sampler: samplerOf(options),
    spanProcessors: exportersOf(options).map(
      exporter => new BatchSpanProcessor(reporting(exporter, options.onProblem)),
    ),
  })
  const tracer = provider.getTracer('oarlock', options.serviceVersion)
  const propagator = createPropagator(options.propagators)
  const tools = { tracer, propagator, isSent: options.exporter.kind !== 'none' }
  return {
    begin: request => (isUntraced(request) ? undefined : begin(tools, request)),
    close: async (timeLimit = 2000) => {
      const limit = new Promise<void>(resolve => setTimeout(resolve, timeLimit).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), limit])
    },
  }
}

function samplerOf({ sampler: { parentBased, ratio } }: TracingOptions): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio)
  return parentBased ? new ParentBasedSampler({ root }) : root
}

const resourceOf = ({ attributes, serviceName, serviceVersion, environment }: TracingOptions) => ({
  ...attributes,
  'service.name': serviceName,
  'service.version': serviceVersion,
  ...(environment === '' ? {} : { 'deployment.environment': environment }),
})

/** `url` is always complete: without it the exporters would read environment variables. */
function exportersOf({ exporter, serviceName }: TracingOptions): readonly SpanExporter[] {
  if (exporter.kind === 'none') return []
  return exporter.kind === 'otlp'
    ? [new OTLPTraceExporter({ url: exporter.url, headers: { ...exporter.headers } })]
    : [new ZipkinExporter({ url: exporter.url, serviceName })]
}

/** Wraps an exporter: reports undelivered spans once per outage. */
function reporting(exporter: SpanExporter, onProblem: (problem: string) => void): SpanExporter {
  let failing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        const failed = result.code !== ExportResultCode.SUCCESS
        if (failed && !failing) onProblem(result.error?.message ?? 'the collector refused them')
        failing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined
      ? {}
      : { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  }
}

const propagators: Readonly<Record<PropagatorName, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: () => new JaegerPropagator(),
}

const createPropagator = (names: readonly PropagatorName[]): TextMapPropagator =>
  new CompositePropagator({ propagators: names.map(name => propagators[name]()) })

const getter: TextMapGetter<Headers> = {
  keys: headers => headers.pairs.map(([name]) => name.toLowerCase()),
  get: (headers, name) => {
    const values = headers.all(name.toLowerCase())
    return values.length > 1 ? [...values] : values[0]
  },
}

interface Tools {
  readonly tracer: OtelTracer
  readonly propagator: TextMapPropagator
  /** False: spans are not sent. */
  readonly isSent: boolean
}

function begin(tools: Tools, request: AccessRequest): DecisionSpan {
  const { tracer, propagator, isSent } = tools
  const { began: start } = request
  const parent = propagator.extract(ROOT_CONTEXT, request.headers, getter)
  const options = { kind: SpanKind.SERVER, startTime: atClock(start) }
  const span = tracer.startSpan(spanName(request), options, parent)
  const own = trace.setSpan(parent, span)
  const { traceId, spanId } = span.spanContext()
  carry(request.headers, {
    traceId,
    spanId,
    headers: injected(propagator, own),
    beginUpstream: () => beginUpstream(tools, own),
  })
  return {
    isRecording: isSent && span.isRecording(),
    end: (decision, steps) => {
      if (isSent && span.isRecording()) {
        addChildren(tracer, own, { steps, start, decision })
        describe(span, request, decision)
      }
      span.end()
    },
  }
}

function beginUpstream({ tracer, propagator }: Tools, own: Context): UpstreamSpan {
  const span = tracer.startSpan(upstreamName, { kind: SpanKind.CLIENT }, own)
  return {
    headers: injected(propagator, trace.setSpan(own, span)),
    end: status => {
      span.setAttribute('http.response.status_code', status)
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

const setter = {
  set: (carrier: Record<string, string>, name: string, value: string): void => {
    carrier[name.toLowerCase()] = value
  },
}

function injected(propagator: TextMapPropagator, own: Context): Record<string, string> {
  const headers: Record<string, string> = {}
  propagator.inject(own, headers, setter)
  return headers
}

/** Converts performance.now() to milliseconds since the epoch. */
const atClock = (milliseconds: number): number => performance.timeOrigin + milliseconds

interface Happened {
  readonly steps: readonly RecordedStep[]
  readonly start: number
  readonly decision: Decision
}

function addChildren(tracer: OtelTracer, own: Context, { steps, start, decision }: Happened): void {
  const found = steps.find(({ step }) => step.kind === 'match')
  const match = tracer.startSpan(matchName, { startTime: atClock(start) }, own)
  if (decision.rule !== undefined) match.setAttribute('matched_rule_id', textOf(decision.rule))
  match.end(atClock(found?.at ?? performance.now()))
  for (const { step, at } of steps) {
    if (step.kind !== 'handler') continue
    const startTime = atClock(at - step.microseconds / 1000)
    const child = tracer.startSpan(handlerName(step.stage, step.handler), { startTime }, own)
    child.setAttribute('oarlock.outcome', step.outcome)
    if (step.outcome.startsWith('internal')) child.setStatus({ code: SpanStatusCode.ERROR })
    child.end(atClock(at))
  }
}

function describe(span: Span, request: AccessRequest, decision: Decision): void {
  const denied = decision.kind === 'deny' ? decision : undefined
  span.setAttributes({
    'http.request.method': textOf(request.method),
    'url.scheme': textOf(request.scheme),
    'server.address': textOf(request.host),
    'url.path': textOf(request.path),
    'http.response.status_code': denied?.reply.status ?? 200,
    'oarlock.decision_id': request.id,
    'oarlock.outcome': denied?.failure.code ?? 'allow',
    ...(decision.rule === undefined ? {} : { 'oarlock.rule': textOf(decision.rule) }),
  })
  if ((denied?.reply.status ?? 0) >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
}

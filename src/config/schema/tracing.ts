import { address, flag, ratio, section, text } from './parts.ts'

const uri = (description: string) => ({ type: 'string', format: 'uri', description }) as const

const otlp = section('OTLP over HTTP.', {
  server_url: address('host:port of the collector.'),
  insecure: flag(false, 'Do not use TLS.'),
  authorization_header: { type: 'string', description: 'The value of the Authorization header.' },
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(1, 'The share of traces: from 0 (none) to 1 (all).'),
  }),
})

const zipkin = section('Zipkin.', {
  server_url: uri('The URL of the collector.'),
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(0, 'The share of traces: from 0 (none) to 1 (all).'),
  }),
})

const jaeger = section('Jaeger.', {
  local_agent_address: address('host:port of the agent.'),
  sampling: section('Which traces are kept.', {
    server_url: uri('The URL of the sampling server.'),
    trace_id_ratio: ratio(1, 'The share of traces: from 0 (none) to 1 (all).'),
  }),
})

export const tracing = section('Traces.', {
  provider: {
    type: 'string',
    enum: ['jaeger', 'zipkin', 'otel'],
    description: 'Where spans are sent; without it none are sent.',
  },
  service_name: text('ORY Oathkeeper', 'The name of this service.'),
  deployment_environment: text('', 'The environment attribute of spans.'),
  providers: section('One section per provider.', { otlp, zipkin, jaeger }),
})

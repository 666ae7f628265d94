import { address, flag, ratio, section, text } from './parts.ts'

const uri = (description: string) => ({ type: 'string', format: 'uri', description }) as const

const otlp = section('OTLP over HTTP.', {
  server_url: address('host:port of the collector.'),
  insecure: flag(false, 'Without TLS.'),
  authorization_header: { type: 'string', description: 'Sent as Authorization.' },
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(1, 'The share: 0 is none, 1 is all.'),
  }),
})

const zipkin = section('Zipkin.', {
  server_url: uri('Of the collector.'),
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(0, 'The share: 0 is none, 1 is all.'),
  }),
})

const jaeger = section('Jaeger.', {
  local_agent_address: address('host:port of the agent.'),
  sampling: section('Which traces are kept.', {
    server_url: uri('Of the sampling server.'),
    trace_id_ratio: ratio(1, 'The share: 0 is none, 1 is all.'),
  }),
})

export const tracing = section('Traces.', {
  provider: {
    type: 'string',
    enum: ['jaeger', 'zipkin', 'otel'],
    description: 'Where they are sent; without it there are none.',
  },
  service_name: text('ORY Oathkeeper', 'The name of this service.'),
  deployment_environment: text('', 'The environment that spans are marked with.'),
  providers: section('One section per provider.', { otlp, zipkin, jaeger }),
})

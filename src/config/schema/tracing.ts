import { address, flag, ratio, section, text } from './parts.ts'

const uri = (description: string) => ({ type: 'string', format: 'uri', description }) as const

const otlp = section('OTLP over HTTP.', {
  server_url: address('The collector, as host:port.'),
  insecure: flag(false, 'Connect without TLS.'),
  authorization_header: {
    type: 'string',
    description: 'The value of the Authorization header that is sent to the collector.',
  },
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(1, 'The share of traces that is kept, from 0 to 1.'),
  }),
})

const zipkin = section('Zipkin.', {
  server_url: uri('The URL of the collector.'),
  sampling: section('Which traces are kept.', {
    sampling_ratio: ratio(0, 'The share of traces that is kept, from 0 to 1.'),
  }),
})

const jaeger = section('Jaeger.', {
  local_agent_address: address(
    'The agent, as host:port. Accepted without effect: Jaeger reads OTLP.',
  ),
  sampling: section('Which traces are kept.', {
    server_url: uri('The URL of the sampling server. It has no effect.'),
    trace_id_ratio: ratio(1, 'The share of traces that is kept, from 0 to 1.'),
  }),
})

export const tracing = section('OpenTelemetry traces.', {
  provider: {
    type: 'string',
    enum: ['jaeger', 'zipkin', 'otel'],
    description: 'Where traces are sent. Without it there are no traces.',
  },
  service_name: text('ORY Oathkeeper', 'The name of this service in traces.'),
  deployment_environment: text('', 'The name of the deployment environment in traces.'),
  providers: section('Settings of the providers.', { otlp, zipkin, jaeger }),
})

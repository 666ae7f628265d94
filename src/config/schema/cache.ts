import { choice, count, section } from './parts.ts'

export const cache = section('Where results of tokens and remote authorizers are remembered.', {
  backend: choice(['memory', 'redis'], 'memory', 'In this process, or shared by replicas.'),
  memory: section('In this process.', { bytes: count(67_108_864, 'Its size.') }),
  redis: section('Shared.', {
    url: {
      type: 'string',
      format: 'uri',
      description:
        'Of a Redis or Valkey server: redis://user:password@host:6379/0, or rediss:// for TLS.',
    },
  }),
})

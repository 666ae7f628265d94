import { choice, count, section } from './parts.ts'

export const cache = section('The cache for results of tokens and remote authorizers.', {
  backend: choice(['memory', 'redis'], 'memory', 'In this process, or shared by replicas.'),
  memory: section('The cache in this process.', { bytes: count(67_108_864, 'The size in bytes.') }),
  redis: section('Shared.', {
    url: {
      type: 'string',
      format: 'uri',
      description:
        'The URL of a Redis or Valkey server: redis://user:password@host:6379/0, or rediss:// for TLS.',
    },
  }),
})

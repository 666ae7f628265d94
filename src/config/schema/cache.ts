import { choice, count, section } from './parts.ts'

export const cache = section(
  'The cache of answers from token servers, session stores and remote authorizers.',
  {
    backend: choice(
      ['memory', 'redis'],
      'memory',
      '`memory`: each process has its own cache. `redis`: all processes share one.',
    ),
    memory: section('The cache in memory.', {
      bytes: count(67_108_864, 'The largest size of the cache of one process, in bytes.'),
    }),
    redis: section('The shared cache.', {
      url: {
        type: 'string',
        format: 'uri',
        description:
          'The URL of a Redis or Valkey server: redis://user:password@host:6379/0, or rediss:// for TLS.',
      },
    }),
  },
)

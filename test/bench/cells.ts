import type { Cell } from './types.ts'

const plain = { callers: 'anonymous', token: 'none', algorithm: 'RS256' } as const
const sizes = [10, 1000, 10_000, 100_000]

/** Everything that is measured, one row of the table per system. */
export const cells: readonly Cell[] = [
  ...sizes.map(
    (rules): Cell => ({ ...plain, door: 'http', rules, name: `HTTP, anonymous, ${rules} rules` }),
  ),
  ...sizes.map(
    (rules): Cell => ({ ...plain, door: 'grpc', rules, name: `gRPC, anonymous, ${rules} rules` }),
  ),
  {
    ...plain,
    door: 'grpc',
    rules: 10,
    calls: { connections: 32, streams: 1 },
    name: 'gRPC, anonymous, 10 rules, 32 connections',
  },
  ...(['RS256', 'ES256'] as const).flatMap(algorithm =>
    (['same', 'new'] as const).map(
      (token): Cell => ({
        door: 'http',
        callers: 'jwt',
        rules: 10,
        token,
        algorithm,
        name: `HTTP, JWT ${algorithm}, ${token} token`,
      }),
    ),
  ),
  {
    door: 'grpc',
    callers: 'jwt',
    rules: 10,
    token: 'same',
    algorithm: 'RS256',
    name: 'gRPC, JWT RS256, same token',
  },
  {
    ...plain,
    door: 'http',
    callers: 'jwt',
    rules: 10,
    token: 'same',
    work: 'introspection',
    name: 'HTTP, introspection, cached',
  },
  ...(['id_token', 'remote_json', 'hydrator', 'proxied'] as const).map(
    (work): Cell => ({
      ...plain,
      door: 'http',
      rules: 10,
      work,
      name: `HTTP, ${work}${work === 'id_token' ? ', cached' : ''}`,
    }),
  ),
]

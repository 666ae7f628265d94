import type { Config } from './config.ts'

/** True when the configuration uses the feature. */
type Uses = (config: Config) => boolean

const hasTls = (tls: Config['serve']['api']['tls']): boolean =>
  Boolean(tls.cert?.path || tls.cert?.base64)

const isRemote = (location: string): boolean => /^(?:https?|s3|gs|azblob):/i.test(location)

/** Keys that are read and have no effect in this version. Building a feature deletes its line. */
const unbuilt: readonly (readonly [key: string, uses: Uses])[] = [
  ['serve.proxy', () => true],
  ['serve.api.cors.enabled', ({ serve }) => serve.api.cors.enabled],
  ['serve.proxy.cors.enabled', ({ serve }) => serve.proxy.cors.enabled],
  ['serve.proxy.tls', ({ serve }) => hasTls(serve.proxy.tls)],
  ['serve.api.timeout.write', ({ serve }) => serve.api.timeout.write !== '120s'],
  ['serve.workers', ({ serve }) => serve.workers !== 1],
  ['access_rules.repositories', ({ access_rules: rules }) => rules.repositories.some(isRemote)],
  ['access_rules.refresh', ({ access_rules: rules }) => isLong(rules.refresh)],
  ['access_rules.on_start_error', ({ access_rules: rules }) => rules.on_start_error !== 'exit'],
  ['tracing.provider', ({ tracing }) => tracing.provider === 'jaeger'],
  ['profiling', ({ profiling }) => profiling !== ''],
]

const isLong = (duration: string): boolean => !/^0+[a-z]+$/.test(duration)

/** Doors whose TLS is configured and not built: serving them in clear would be worse than not at all. */
export const clearDoors = ({ serve }: Config): readonly string[] =>
  (['api', 'grpc'] as const)
    .filter(door => hasTls(serve[door].tls))
    .map(door => `serve.${door}.tls`)

/** Keys that are in use and have no effect in this version, to be told at start. */
export const unbuiltKeys = (config: Config): readonly string[] =>
  unbuilt.filter(([, uses]) => uses(config)).map(([key]) => key)

import type { Config } from './config.ts'

/** True when the configuration uses the feature. */
type Uses = (config: Config) => boolean

const isBucket = (location: string): boolean => /^(?:s3|gs|azblob):/i.test(location)

/** Keys that are read and have no effect in this version. Building a feature deletes its line. */
const unbuilt: readonly (readonly [key: string, uses: Uses])[] = [
  ['access_rules.repositories', ({ access_rules: rules }) => rules.repositories.some(isBucket)],
  ['tracing.provider', ({ tracing }) => tracing.provider === 'jaeger'],
  ['profiling', ({ profiling }) => profiling !== ''],
]

/** Keys that are in use and have no effect in this version, to be told at start. */
export const unbuiltKeys = (config: Config): readonly string[] =>
  unbuilt.filter(([, uses]) => uses(config)).map(([key]) => key)

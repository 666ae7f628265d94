import type { Config } from './config.ts'

/** True when the configuration uses the feature. */
type Uses = (config: Config) => boolean

/** Keys that are accepted and have no effect in this version. Remove a line when the feature is built. */
const unbuilt: readonly (readonly [key: string, uses: Uses])[] = [
  ['profiling', ({ profiling }) => profiling !== ''],
]

/** Keys that are set and have no effect in this version; reported at start. */
export const unbuiltKeys = (config: Config): readonly string[] =>
  unbuilt.filter(([, uses]) => uses(config)).map(([key]) => key)

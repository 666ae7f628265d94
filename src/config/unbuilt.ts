import type { Config } from './config.ts'

/** True when the configuration uses the feature. */
type Uses = (config: Config) => boolean

/** Keys that are read and have no effect in this version. Building a feature deletes its line. */
const unbuilt: readonly (readonly [key: string, uses: Uses])[] = [
  ['profiling', ({ profiling }) => profiling !== ''],
]

/** Keys that are in use and have no effect in this version, to be told at start. */
export const unbuiltKeys = (config: Config): readonly string[] =>
  unbuilt.filter(([, uses]) => uses(config)).map(([key]) => key)

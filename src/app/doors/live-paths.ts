import type { Config } from '../../config/config.ts'
import { createPathReader, type PathReader } from '../../doors/request/path-reader.ts'

/** Reads paths as the configuration in force says: for doors that stay open when it changes. */
export function createLivePaths(current: () => Config): PathReader {
  let config = current()
  let reader = createPathReader(config.serve.paths)
  const latest = (): PathReader => {
    const next = current()
    if (next !== config) {
      config = next
      reader = createPathReader(next.serve.paths)
    }
    return reader
  }
  return {
    read: raw => latest().read(raw),
    readForwarded: raw => latest().readForwarded(raw),
    escapesOf: path => latest().escapesOf(path),
    escapesOfForwarded: path => latest().escapesOfForwarded(path),
  }
}

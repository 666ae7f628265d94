import type { Deps } from '../../src/handlers/kind.ts'
import { noKeys } from './keys.ts'

/** For rules that call nobody: any call is a defect of the test. */
export const testDeps: Deps = {
  http: {
    send: ({ url }) => Promise.reject(new Error(`unexpected call of ${url}`)),
    close: () => Promise.resolve(),
  },
  keySets: { open: () => noKeys, close: () => undefined },
  now: () => Date.now(),
  strategy: 'regexp',
  bodyBytes: 1_048_576,
  templateFunctions: [],
}

import type { Deps } from '../../src/handlers/kind.ts'
import { noResources } from '../../src/model/protected-resources.ts'
import { createMemoryCache } from '../../src/outbound/cache.ts'
import { issuersOf } from '../../src/outbound/keys/metadata.ts'
import { textCompiler } from '../../src/rules/matching/text-compiler.ts'
import { noKeys, noSigning } from './keys.ts'

/** For rules that call no service: any call is a mistake of the test. */
export const testDeps: Deps = {
  http: {
    send: ({ url }) => Promise.reject(new Error(`unexpected call of ${url}`)),
    close: () => Promise.resolve(),
  },
  keySets: {
    open: () => noKeys,
    openIssuer: location => {
      issuersOf(location)
      return { ring: noKeys, current: () => undefined, find: () => undefined }
    },
    openSigning: () => noSigning,
    publicKeys: () => Promise.resolve(undefined),
    check: () => Promise.resolve([]),
    states: () => [],
    close: () => undefined,
  },
  cache: createMemoryCache(1_000_000),
  resources: noResources,
  now: () => Date.now(),
  strategy: 'regexp',
  compileText: textCompiler('regexp'),
  bodyBytes: 1_048_576,
  templateSettings: { allow: [] },
}

/** The library for CEL, with our functions and limits. Loaded for the first expression: few configurations have one. */
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { CelEnv, CelFunc } from '@bufbuild/cel'
import { contains, networksOf, plainAddress } from '../lib/networks.ts'
import { createMemory } from '../lib/remember.ts'
import { type Functions, functionsOf } from './types.ts'

const require = createRequire(import.meta.url)

interface Matcher {
  test(text: string): boolean
}

export interface Library {
  readonly cel: typeof import('@bufbuild/cel')
  readonly env: CelEnv
  readonly functions: Functions
  /** Throws when the pattern is not valid in RE2. */
  readonly compilePattern: (pattern: string) => Matcher
  readonly timestamp: (milliseconds: number) => object
}

let loaded: Library | undefined

export function loadLibrary(): Library {
  loaded ??= load()
  return loaded
}

function load(): Library {
  const cel = require('@bufbuild/cel') as typeof import('@bufbuild/cel')
  const { strings } = require('@bufbuild/cel/ext') as typeof import('@bufbuild/cel/ext')
  const { timestampFromMs } =
    require('@bufbuild/protobuf/wkt') as typeof import('@bufbuild/protobuf/wkt')
  const { RE2JS } = require('re2js') as typeof import('re2js')
  const remember = createMemory<Matcher>()
  const compilePattern = (pattern: string): Matcher =>
    remember(pattern, () => {
      const program = RE2JS.compile(pattern)
      return { test: text => program.matcher(text).find() }
    })
  const env = cel.celEnv({
    funcs: [...strings, ...networkFunctions(cel)],
    re2: { compile: compilePattern },
  })
  return { cel, env, functions: functionsOf(env.funcs), compilePattern, timestamp: timestampFromMs }
}

/** `cidr("10.0.0.0/8").containsIP(client.address)`, as Kubernetes has it. What is not an address is an error. */
function networkFunctions(cel: typeof import('@bufbuild/cel')): readonly CelFunc[] {
  const { STRING, BOOL } = cel.CelScalar
  const remember = createMemory<ReturnType<typeof networksOf>>()
  const networks = (cidr: string) => remember(cidr, () => networksOf([cidr]))
  return [
    cel.celFunc('cidr', [STRING], STRING, cidr => {
      networks(cidr)
      return cidr
    }),
    cel.celMethod('containsIP', STRING, [STRING], BOOL, function containsIp(address) {
      if (isIP(plainAddress(address)) === 0) throw new Error('the text is not an address')
      return contains(networks(this), address)
    }),
  ]
}

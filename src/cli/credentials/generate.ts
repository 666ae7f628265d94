import { randomUUID } from 'node:crypto'
import { keySizes, sizeProblem } from '../../outbound/keys/key-sizes.ts'
import { makeKey } from '../../outbound/keys/make-key.ts'
import type { Output } from '../output.ts'

export interface GenerateOptions {
  readonly alg: string
  readonly kid?: string
  /** Text of a number of bits; 0 and nothing: the algorithm's default. */
  readonly bits?: string
}

/** Prints a key set with one new private (or shared) key. 1, and a message: no such key can be made. */
export async function generate(options: GenerateOptions, output: Output): Promise<number> {
  const { alg, kid = randomUUID(), bits: text = '0' } = options
  const size = keySizes.get(alg)
  if (size === undefined) {
    output.err(`--alg: found "${alg}", expected one of ${[...keySizes.keys()].join(', ')}\n`)
    return 1
  }
  const bits = Number(text) === 0 ? size.fallback : Number(text)
  const problem = sizeProblem(size, bits)
  if (problem !== undefined) {
    output.err(`--bits: found "${text}", expected ${problem} (${alg})\n`)
    return 1
  }
  const key = { use: 'sig', kid: kid || randomUUID(), alg, ...(await makeKey(alg, bits)) }
  output.out(`${JSON.stringify({ keys: [inOrder(key)] }, null, 2)}\n`)
  return 0
}

/** Members in Oathkeeper's order, so that a diff of a committed set shows only the changed key. */
const order = 'use kty kid crv alg k x y n e d p q dp dq qi'.split(' ')

const inOrder = (key: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(order.filter(name => name in key).map(name => [name, key[name]]))

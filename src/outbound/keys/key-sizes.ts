/** Key sizes of each algorithm in bits; the defaults are Oathkeeper's. */
export interface KeySize {
  readonly fallback: number
  readonly least: number
  readonly most: number
  /** A size is a multiple of this many bits. */
  readonly step: number
}

const fixed = (bits: number): KeySize => ({ fallback: bits, least: bits, most: bits, step: 1 })
const shared = (least: number, fallback = least): KeySize => ({
  fallback,
  least,
  most: 8192,
  step: 8,
})
const rsa: KeySize = { fallback: 2048, least: 2048, most: 8192, step: 8 }

export const keySizes: ReadonlyMap<string, KeySize> = new Map([
  ['HS256', shared(256)],
  ['HS384', shared(384)],
  ['HS512', shared(512, 1024)],
  ['ES256', fixed(256)],
  ['ES384', fixed(384)],
  ['ES512', fixed(521)],
  ['EdDSA', fixed(256)],
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
])

/** Why a key of that size cannot be made; undefined: it can. */
export function sizeProblem({ least, most, step }: KeySize, bits: number): string | undefined {
  if (Number.isInteger(bits) && bits >= least && bits <= most && bits % step === 0) return undefined
  if (least === most) return `${least} or nothing: the algorithm has one key size`
  return `a multiple of ${step} from ${least} to ${most}`
}

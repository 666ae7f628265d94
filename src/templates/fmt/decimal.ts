/** Decimal digits of a float64: the shortest that parse to the same number, or exactly rounded ones. */

/** The value is 0.d₁d₂d₃… × 10^point; `digits` is empty for zero. */
export interface Decimal {
  readonly digits: string
  readonly point: number
}

const zero: Decimal = { digits: '', point: 0 }

/** The shortest digits that parse to the same number, which must be finite and not negative. */
export function shortest(value: number): Decimal {
  if (value === 0) return zero
  const [mantissa = '', exponent] = value.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 }
}

export interface Parts {
  readonly mantissa: bigint
  readonly exponent: number
}

const buffer = new DataView(new ArrayBuffer(8))

/** The number as mantissa × 2^exponent. */
export function partsOf(value: number): Parts {
  buffer.setFloat64(0, value)
  const bits = buffer.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

/** All decimal digits, because a double is a fraction whose denominator is a power of two. */
function exact(value: number): Decimal {
  const { mantissa, exponent } = partsOf(value)
  const places = exponent < 0 ? -exponent : 0
  const whole = exponent < 0 ? mantissa * 5n ** BigInt(places) : mantissa << BigInt(exponent)
  const digits = whole.toString()
  return { digits, point: digits.length - places }
}

/** Rounds half to even, as Go does: only a tie depends on the digit before it. */
function roundsUp(digits: string, length: number): boolean {
  const tail = digits.slice(length)
  if (/^50*$/.test(tail)) return length > 0 && Number(digits[length - 1]) % 2 === 1
  return tail >= '5'
}

function rounded({ digits, point }: Decimal, length: number): Decimal {
  if (length >= digits.length) return { digits, point }
  if (length < 0) return zero
  const kept = digits.slice(0, length)
  if (!roundsUp(digits, length)) return { digits: kept, point }
  const up = (BigInt(`0${kept}`) + 1n).toString()
  const carried = up.length > kept.length
  return {
    digits: carried && kept !== '' ? up.slice(0, -1) : up,
    point: carried ? point + 1 : point,
  }
}

/** Rounds to that many digits after the decimal point. */
export function toPlaces(value: number, places: number): Decimal {
  if (value === 0) return zero
  const all = exact(value)
  return rounded(all, all.point + places)
}

/** Rounds to that many significant digits. */
export const toDigits = (value: number, count: number): Decimal =>
  value === 0 ? zero : rounded(exact(value), count)

/** Go's time.Duration: nanoseconds in an int64. Byte strings in and out. */

export const second = 1_000_000_000n
const minute = 60n * second
export const hour = 60n * minute
const maxDuration = (1n << 63n) - 1n
const minDuration = -(1n << 63n)

/** A fraction of 10^places without trailing zeros. */
function fraction(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0')
  const tail = digits.slice(-places).replace(/0+$/, '')
  return digits.slice(0, -places) + (tail === '' ? '' : `.${tail}`)
}

function belowSecond(u: bigint): string {
  if (u === 0n) return '0s'
  if (u < 1000n) return `${u}ns`
  return u < 1_000_000n ? `${fraction(u, 3)}\xc2\xb5s` : `${fraction(u, 6)}ms`
}

function fromSeconds(u: bigint): string {
  const minutes = u / minute
  const seconds = `${fraction(u % minute, 9)}s`
  if (minutes === 0n) return seconds
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`
}

export function durationText(duration: bigint): string {
  const u = duration < 0n ? -duration : duration
  return (duration < 0n ? '-' : '') + (u < second ? belowSecond(u) : fromSeconds(u))
}

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['\xc2\xb5s', 1000n],
  ['\xce\xbcs', 1000n],
  ['ms', 1_000_000n],
  ['s', second],
  ['m', minute],
  ['h', hour],
])

const limit = 1n << 63n
const part = /([0-9]*)(\.[0-9]*)?([^.0-9]*)/y

/** Parses `1h2.5m`; returns an Error with Go's message when the text is not a duration. */
export function parseDuration(text: string): bigint | Error {
  const rest = text.replace(/^[-+]/, '')
  if (rest === '0') return 0n
  const total = rest === '' ? invalid(text) : sumOf(text, rest)
  if (typeof total !== 'bigint') return total
  if (text.startsWith('-')) return BigInt.asIntN(64, -total)
  return total >= limit ? invalid(text) : total
}

const failed = (message: string, text: string): Error =>
  new Error(`time: ${message} ${quoted(text)}`)

const invalid = (text: string): Error => failed('invalid duration', text)

function sumOf(text: string, rest: string): bigint | Error {
  let total = 0n
  part.lastIndex = 0
  while (part.lastIndex < rest.length) {
    const [, digits = '', decimals = '', unit = ''] = part.exec(rest) ?? []
    const value = valueIn(text, { digits, decimals, unit })
    if (typeof value !== 'bigint') return value
    total += value
    if (total > limit) return invalid(text)
  }
  return total
}

interface Part {
  readonly digits: string
  readonly decimals: string
  readonly unit: string
}

function valueIn(text: string, { digits, decimals, unit }: Part): bigint | Error {
  const whole = BigInt(digits === '' ? 0 : digits)
  if ((digits === '' && decimals.length < 2) || whole > limit) return invalid(text)
  if (unit === '') return failed('missing unit in duration', text)
  const scale = units.get(unit)
  if (scale === undefined) return failed(`unknown unit ${quoted(unit)} in duration`, text)
  const value = whole * scale + partial(decimals, scale)
  return value > limit ? invalid(text) : value
}

function partial(decimals: string, unit: bigint): bigint {
  if (decimals.length < 2) return 0n
  const digits = decimals.slice(1, 19)
  return BigInt(Math.trunc(Number(digits) * (Number(unit) / 10 ** digits.length)))
}

/** Quotes as the time package does: characters beyond ASCII byte by byte. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/[^ -~\x7f]/g, byte => {
    return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${escaped}"`
}

/** Rounds to the nearest multiple, halves away from zero. */
export function roundDuration(duration: bigint, unit: bigint): bigint {
  if (unit <= 0n) return duration
  const rest = duration % unit
  const magnitude = rest < 0n ? -rest : rest
  if (magnitude * 2n < unit) return duration - rest
  const up = duration < 0n ? duration - unit + magnitude : duration + unit - magnitude
  if (up > maxDuration) return maxDuration
  return up < minDuration ? minDuration : up
}

export const truncateDuration = (duration: bigint, unit: bigint): bigint =>
  unit <= 0n ? duration : duration - (duration % unit)

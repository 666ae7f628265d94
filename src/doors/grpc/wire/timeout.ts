const unit: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/** Timers take no more milliseconds; a longer time would end at once. */
export const longestTimer = 0x7fff_ffff

/** One to eight digits and a unit, and nothing else. */
const form = /^(\d{1,8})([HMSmun])$/

/** `grpc-timeout` in milliseconds; undefined: not sent. */
export function timeoutOf(text: string | undefined): number | undefined | 'malformed' {
  if (text === undefined) return undefined
  const [, digits, letter = ''] = form.exec(text) ?? []
  return digits === undefined ? 'malformed' : Number(digits) * (unit[letter] ?? 0)
}

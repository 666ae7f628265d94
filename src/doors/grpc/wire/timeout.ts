const unit: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/** `grpc-timeout` in milliseconds; undefined: not sent. Parsed like grpc-js parses it. */
export function timeoutOf(text: string | undefined): number | undefined | 'malformed' {
  if (text === undefined) return undefined
  const [, digits, letter = ''] = /(\d{1,8})\s?([HMSmun])/.exec(text) ?? []
  return digits === undefined ? 'malformed' : Number(digits) * (unit[letter] ?? 0)
}

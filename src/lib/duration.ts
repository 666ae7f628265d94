const pattern = /^([0-9]+)(ns|us|ms|s|m|h)$/

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** The format of every duration in the configuration: one number, one unit; never `1m30s`, `1.5s` or `5`. */
export const durationPattern = pattern.source

/** Converts `5s` to milliseconds (5000). Throws a TypeError for any other format, which the schema check refuses before. */
export function parseDuration(text: string): number {
  const [, digits, unit] = pattern.exec(text) ?? []
  const factor = unit === undefined ? undefined : milliseconds[unit]
  if (digits === undefined || factor === undefined) {
    throw new TypeError(
      `"${text}" is not a duration: write a whole number and a unit, such as 500ms or 5s`,
    )
  }
  return Number(digits) * factor
}

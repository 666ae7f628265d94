import { durationPattern, parseDuration } from '../lib/duration.ts'

const most = 300_000

export const leewaySchema = {
  type: 'string',
  pattern: durationPattern,
  default: '0s',
  description: 'How far clocks may differ when times of the token are compared, at most 5m.',
} as const

/** In milliseconds. Throws an Error when it is too long. */
export function compileLeeway(text = '0s'): number {
  const leeway = parseDuration(text)
  if (leeway > most) throw new Error(`leeway: found ${JSON.stringify(text)}, expected at most 5m`)
  return leeway
}

import { method } from '../go/callable.ts'
import { type Callable, int } from '../go/value.ts'
import { durationText, hour, roundDuration, second, truncateDuration } from './duration.ts'

const float = (unit: bigint): Callable =>
  method<bigint, []>([], duration => {
    return Number(duration / unit) + Number(duration % unit) / Number(unit)
  })

const whole = (unit: bigint): Callable =>
  method<bigint, []>([], duration => int(duration / unit, 'int64'))

const duration = (apply: (duration: bigint, unit: bigint) => bigint): Callable =>
  method<bigint, ['duration']>(['duration'], (value, unit) =>
    int(apply(value, unit), 'time.Duration'),
  )

export const durationMethods: ReadonlyMap<string, Callable> = new Map([
  ['String', method<bigint, []>([], durationText)],
  ['Hours', float(hour)],
  ['Minutes', float(60n * second)],
  ['Seconds', float(second)],
  ['Milliseconds', whole(1_000_000n)],
  ['Microseconds', whole(1000n)],
  ['Nanoseconds', whole(1n)],
  ['Round', duration(roundDuration)],
  ['Truncate', duration(truncateDuration)],
  ['Abs', method<bigint, []>([], value => int(value < 0n ? -value : value, 'time.Duration'))],
])

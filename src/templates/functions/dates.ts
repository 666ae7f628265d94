/** Times and durations. A time without a zone is in UTC; a value that is not a time means now. */
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { kinded, typeName } from '../go/kind.ts'
import { parseInt64 } from '../go/parse-number.ts'
import type { Value } from '../go/value.ts'
import { durationText, hour, parseDuration, roundDuration, second } from '../time/duration.ts'
import { formatInstant } from '../time/format.ts'
import { fromSeconds, type Instant, now, secondsOf, zeroInstant } from '../time/instant.ts'
import { parseInstant } from '../time/parse.ts'
import { isTime, timeValue } from '../time/time-type.ts'
import { utc, zoneOf } from '../time/zone.ts'
import type { FunctionGroup } from './function.ts'

function momentOf(value: Value): Instant {
  if (isTime(value)) return value.target
  const it = kinded(value)
  const isSeconds = it.kind === 'int' && ['int', 'int64'].includes(typeName(value))
  return isSeconds && it.kind === 'int' ? fromSeconds(it.value.value) : now()
}

const inZone = (layout: string, value: Value, zone: string): string =>
  formatInstant({ ...momentOf(value), zone: zoneOf(zone) ?? utc }, layout)

const moved = ({ nanoseconds, zone }: Instant, by: bigint): Value =>
  timeValue({ nanoseconds: nanoseconds + by, zone })

const since = ({ nanoseconds }: Instant): bigint => now().nanoseconds - nanoseconds

function seconds(value: Value): bigint {
  const it = kinded(value)
  if (it.kind === 'string') return parseInt64(it.value, 10).nearest
  return it.kind === 'int' && typeName(value) === 'int64' ? it.value.value : 0n
}

const minute = 60n * second
const day = 24n * hour
const units: readonly (readonly [bigint, string])[] = [
  [365n * day, 'y'],
  [30n * day, 'mo'],
  [day, 'd'],
  [hour, 'h'],
  [minute, 'm'],
  [second, 's'],
]

function lengthOf(value: Value): bigint {
  if (isTime(value)) return since(value.target)
  const it = kinded(value)
  if (it.kind === 'int') return typeName(value) === 'int64' ? it.value.value : 0n
  const parsed = it.kind === 'string' ? parseDuration(it.value) : 0n
  return typeof parsed === 'bigint' ? parsed : 0n
}

function inLargestUnit(value: Value): string {
  const length = lengthOf(value)
  const magnitude = length < 0n ? -length : length
  const [unit, name] = units.find(([unit]) => magnitude > unit) ?? []
  return unit === undefined ? '0s' : `${magnitude / unit}${name}`
}

const modify = fixed(['string', 'time'], (text, time) => {
  const by = parseDuration(text)
  return typeof by === 'bigint' ? moved(time as Instant, by) : timeValue(time as Instant)
})
const mustModify = fixed(['string', 'time'], (text, time) => {
  const by = parseDuration(text)
  if (typeof by !== 'bigint') throw callError(by.message)
  return moved(time as Instant, by)
})
const dateInZone = fixed(['string', 'any', 'string'], inZone)

export const dates: FunctionGroup = {
  now: fixed([], () => timeValue(now())),
  date: fixed(['string', 'any'], (layout, value) => inZone(layout, value, 'Local')),
  dateInZone,
  date_in_zone: dateInZone,
  htmlDate: fixed(['any'], value => inZone('2006-01-02', value, 'Local')),
  htmlDateInZone: fixed(['any', 'string'], (value, zone) => inZone('2006-01-02', value, zone)),
  dateModify: modify,
  date_modify: modify,
  mustDateModify: mustModify,
  must_date_modify: mustModify,
  ago: fixed(['any'], value => durationText(roundDuration(since(momentOf(value)), second))),
  duration: fixed(['any'], value => durationText(BigInt.asIntN(64, seconds(value) * second))),
  durationRound: fixed(['any'], inLargestUnit),
  toDate: fixed(['string', 'string'], (layout, text) => {
    const parsed = parseInstant(layout, text)
    return timeValue(parsed instanceof Error ? zeroInstant : parsed)
  }),
  mustToDate: fixed(['string', 'string'], (layout, text) => {
    const parsed = parseInstant(layout, text)
    if (parsed instanceof Error) throw callError(parsed.message)
    return timeValue(parsed)
  }),
  unixEpoch: fixed(['time'], time => String(secondsOf(time as Instant))),
}

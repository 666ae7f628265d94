/** Go's time.Time: an instant and its time zone. */
import { utc, type Zone } from './zone.ts'

export interface Instant {
  /** Since the epoch. */
  readonly nanoseconds: bigint
  readonly zone: Zone
}

export const billion = 1_000_000_000n

/** Go's zero value: 1 January of the year 1. */
export const zeroInstant: Instant = { nanoseconds: -62_135_596_800n * billion, zone: utc }

export const fromSeconds = (seconds: bigint, zone: Zone = utc): Instant => ({
  nanoseconds: seconds * billion,
  zone,
})

export const now = (): Instant => ({
  nanoseconds: BigInt(Date.now()) * 1_000_000n,
  zone: utc,
})

/** Rounds down to whole seconds, also before the epoch. */
export function secondsOf({ nanoseconds }: Instant): bigint {
  const whole = nanoseconds / billion
  return nanoseconds % billion < 0n ? whole - 1n : whole
}

/** The fields of a clock and a calendar. */
export interface Fields {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
}

/** The fields with the values computed from them. */
export interface Civil extends Fields {
  /** 0: Sunday. */
  readonly weekday: number
  readonly yearDay: number
  readonly offset: number
  readonly abbreviation: string
}

const daySeconds = 86_400n

export function civilOf(instant: Instant): Civil {
  const seconds = secondsOf(instant)
  const { offset, abbreviation } = instant.zone.at(Number(seconds))
  const local = seconds + BigInt(offset)
  const days = floorDivide(local, daySeconds)
  const rest = Number(local - days * daySeconds)
  const date = dateOf(days)
  return {
    ...date,
    hour: Math.trunc(rest / 3600),
    minute: Math.trunc((rest % 3600) / 60),
    second: rest % 60,
    nanosecond: Number(instant.nanoseconds - seconds * billion),
    weekday: Number((((days + 4n) % 7n) + 7n) % 7n),
    yearDay: Number(days - daysOf(date.year, 1, 1)) + 1,
    offset,
    abbreviation,
  }
}

function floorDivide(value: bigint, by: bigint): bigint {
  const whole = value / by
  return value % by < 0n ? whole - 1n : whole
}

/** Days since the epoch of a day in the proleptic Gregorian calendar (Howard Hinnant's algorithm). */
export function daysOf(year: number, month: number, day: number): bigint {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return BigInt(era) * 146_097n + BigInt(dayOfEra) - 719_468n
}

function dateOf(days: bigint): { year: number; month: number; day: number } {
  const shifted = days + 719_468n
  const era = Number(floorDivide(shifted, 146_097n))
  const dayOfEra = Number(shifted - BigInt(era) * 146_097n)
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  }
}

export const daysIn = (year: number, month: number): number =>
  Number(
    daysOf(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) -
      daysOf(year, month, 1),
  )

/** The instant at which a clock in that zone shows these fields; parts out of range carry over. */
export function instantOf(fields: Fields, zone: Zone): Instant {
  const months = fields.year * 12 + fields.month - 1
  const year = Math.floor(months / 12)
  const days = daysOf(year, months - year * 12 + 1, 1) + BigInt(fields.day - 1)
  const local = days * daySeconds + BigInt(fields.hour * 3600 + fields.minute * 60 + fields.second)
  const guess = local - BigInt(zone.at(Number(local)).offset)
  const seconds = local - BigInt(zone.at(Number(guess)).offset)
  return { nanoseconds: seconds * billion + BigInt(fields.nanosecond), zone }
}
